# A server for `make bench`: http.server as it comes, but silent, serving the folder it is started in. Prints its port.
import http.server


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
