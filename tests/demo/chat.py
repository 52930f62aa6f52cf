# A server in Python that keeps its connections, in a thread of nobody's own: the README shows where they are found.
import os
import socket
import socketserver
import threading


class Chat(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"hello\n")


class Server(socketserver.TCPServer):
    def shutdown_request(self, request):
        left.append(request)


left = []
server = Server(("127.0.0.1", 0), Chat)
threading.Thread(target=server.serve_forever).start()
for _ in range(2):
    with socket.create_connection(server.server_address) as client:
        client.recv(100)
os._exit(0)
