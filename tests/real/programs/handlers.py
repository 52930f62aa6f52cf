# Servers that run in threads of nobody's own: what they accept and keep is nobody's line, but somebody's handler. What
# each has to show ends the line that its handler begins in: `# handler: N times KIND`. All leave by os._exit.
import asyncio
import functools
import http.server
import os
import socket
import socketserver
import sys
import threading
import wsgiref.simple_server

KEPT = []


class Keeps:
    """A server that forgets to close what it has answered."""
    def shutdown_request(self, request):
        KEPT.append(request)
        request.shutdown(socket.SHUT_WR)


class Tcp(Keeps, socketserver.TCPServer):
    pass


class Threading(Keeps, socketserver.ThreadingTCPServer):
    daemon_threads = True


def ask(address, times):
    for _ in range(times):
        with socket.create_connection(address, timeout=20) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while client.recv(1000):
                pass


def serve(server, times):
    KEPT.append(server)
    threading.Thread(target=server.serve_forever, daemon=True, name="server").start()
    ask(server.server_address, times)
    server.shutdown()


# --- two handlers, served by the same class of server: equal stacks

class Quick(socketserver.BaseRequestHandler):
    kind = "quick"

    def handle(self):  # handler: 3 times socket Quick
        self.request.recv(100)


class Slow(socketserver.StreamRequestHandler):
    def setup(self):  # handler: 2 times socket Slow
        super().setup()

    def handle(self):
        self.rfile.readline()


class Inherits(Quick):
    pass


class Bare(socketserver.StreamRequestHandler):
    pass


def made_on_the_way(answer):
    class Made(socketserver.BaseRequestHandler):
        def handle(self):  # handler: 2 times socket made_on_the_way.<locals>.Made
            self.request.recv(100)
            self.request.sendall(answer)
    return Made


def two_handlers():
    for handler, times in (Quick, 2), (Slow, 2), (Inherits, 1), (Bare, 1), (Quick, 1):
        serve(Tcp(("127.0.0.1", 0), handler), times)
    serve(Threading(("127.0.0.1", 0), Quick), 1)
    # Freed, and another made in its place.
    for number in range(2):
        server = Tcp(("127.0.0.1", 0), made_on_the_way(b"%d" % number))
        serve(server, 1)
        KEPT.remove(server)


# --- http_server: a server whose handler opens nothing by itself

class Site(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):  # handler: 2 times socket Site
        pass


class Http(Keeps, http.server.HTTPServer):
    pass


def http_server():
    server = Http(("127.0.0.1", 0), functools.partial(Site, directory="/etc"))
    server.timeout = 3  # made late: attributes of its own order
    serve(server, 2)


# --- wsgi_server: a handler of the standard library's; the application is the program's

class Wsgi(Keeps, wsgiref.simple_server.WSGIServer):
    pass


def application(environ, start_response):  # handler: 2 times socket application
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


class Application:
    def __init__(self):  # handler: 1 times socket Application
        self.answer = b"ok"

    def __call__(self, environ, start_response):
        return application(environ, start_response)


def wsgi_server():
    for app, times in (application, 2), (Application(), 1):
        serve(wsgiref.simple_server.make_server("127.0.0.1", 0, app, server_class=Wsgi), times)


# --- asyncio_servers

async def greet(reader, writer):  # handler: 2 times socket greet
    writer.write(await reader.readline())
    writer.write_eof()
    KEPT.append(writer)


class Chat:
    async def part(self, reader, writer):  # handler: 1 times socket Chat.part
        await greet(reader, writer)


class Echo(asyncio.Protocol):
    def connection_made(self, transport):  # handler: 2 times socket Echo
        KEPT.append(transport)

    def data_received(self, data):
        KEPT[-1].write_eof()

    def eof_received(self):
        return True  # it stays open


async def many():
    loop = asyncio.get_running_loop()
    made = lambda: Echo()  # handler: 1 times socket many.<locals>.<lambda>
    servers = [await asyncio.start_server(greet, "127.0.0.1", 0),
               await asyncio.start_server(Chat().part, "127.0.0.1", 0),
               await loop.create_server(Echo, "127.0.0.1", 0),
               await loop.create_server(made, "127.0.0.1", 0)]
    KEPT.extend(servers)
    return [server.sockets[0].getsockname() for server in servers]


def asyncio_servers():
    loop = asyncio.new_event_loop()  # handler: 2 times socket asyncio_servers
    threading.Thread(target=loop.run_forever, daemon=True, name="loop").start()
    addresses = asyncio.run_coroutine_threadsafe(many(), loop).result()
    for address, times in zip(addresses, (2, 1, 2, 1)):
        ask(address, times)
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()


# --- own_frames: nobody asks for the handler where the program's own frames tell

def own_frames():
    server = Tcp(("127.0.0.1", 0), Quick)
    KEPT.append(server)
    client = threading.Thread(target=ask, args=(server.server_address, 1))
    client.start()
    server.handle_request()  # handler: 1 times socket own_frames
    client.join()


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    os._exit(0)
