# A server in Python that forgets to close its log: the README shows what is said of it.
import http.server
import sys

seen = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append(open("visitors.log", "a"))
        self.send_response(204)
        self.end_headers()


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
