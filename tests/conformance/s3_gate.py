"""A gate before S3-compatible storage for tests: checks what moto does not check, and makes faults.

As S3 does, it refuses requests whose signature is not that of the secret, and bodies whose checksum is another one.
"""

import base64
import hashlib
import hmac
import re
import socket
import struct
import threading
import time
import urllib.parse


class Gate:
    """A proxy on a port of its own. Each connection carries one request."""

    def __init__(self, storage, key, secret):
        self.storage, self.key, self.secret = storage, key, secret
        self.requests = []  # (method, path, headers)
        self.faults = []  # functions of (method, path): a fault, or None
        self.is_down = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            try:
                if self.is_down:
                    reset(client)
                else:
                    self.relay(client)
            except OSError:
                pass  # the server hung up, or was killed

    def relay(self, client):
        head, body = read_request(client)
        if head is None:
            return
        method, target = head.split(" ", 2)[:2]
        headers = {name.lower(): value.strip() for name, value in re.findall(r"^([\w-]+):(.*)\r$", head, re.M)}
        path = target.split("?")[0]
        fault = next((fault for fault in (choose(method, path) for choose in self.faults) if fault), None)
        self.requests.append((method, path, headers))
        if fault == "reset":
            reset(client)
        elif isinstance(fault, tuple) and fault[0] == "status":
            answer(client, fault[1], fault[2])
        elif self.signature(method, target, headers) != query(target).get("X-Amz-Signature"):
            answer(client, 403, "SignatureDoesNotMatch")
        else:
            if fault == "damage":
                body = bytes([body[0] ^ 1]) + body[1:]
            if isinstance(fault, tuple) and fault[0] == "delay":
                time.sleep(fault[1])
            told = headers.get("x-amz-checksum-sha256")
            if told and told != base64.b64encode(hashlib.sha256(body).digest()).decode():
                answer(client, 400, "XAmzContentChecksumMismatch")
            else:
                self.pass_on(client, head, body, fault)

    def pass_on(self, client, head, body, fault):
        """Gives a request to the storage, and its answer to the client, except for what a fault cuts off."""
        left = fault[1] if isinstance(fault, tuple) and fault[0] == "cut" else None
        with socket.create_connection(self.storage) as storage:
            storage.sendall((head.rstrip("\r\n") + "\r\nConnection: close\r\n\r\n").encode() + body)
            while chunk := storage.recv(1 << 16):
                if left is not None and len(chunk) >= left:
                    client.sendall(chunk[:left])
                    return
                left = left and left - len(chunk)
                client.sendall(chunk)

    def signature(self, method, target, headers):
        """Signature of a request with the parameters in its query (AWS Signature Version 4)."""
        path, _, text = target.partition("?")
        parts = sorted(part for part in text.split("&") if not part.startswith("X-Amz-Signature="))
        given = query(target)
        if "X-Amz-Credential" not in given:
            return "unsigned"
        key, scope = given["X-Amz-Credential"].split("/", 1)
        names = given["X-Amz-SignedHeaders"].split(";")
        unsigned = [name for name in headers if name.startswith("x-amz-") and name not in names]
        if key != self.key or unsigned:
            return "unsigned"
        canonical = "".join(f"{name}:{headers[name]}\n" for name in names)
        request = "\n".join([method, path, "&".join(parts), canonical, ";".join(names), "UNSIGNED-PAYLOAD"])
        digest = hashlib.sha256(request.encode()).hexdigest()
        to_sign = "\n".join(["AWS4-HMAC-SHA256", given["X-Amz-Date"], scope, digest])
        key = f"AWS4{self.secret}".encode()
        for part in [*scope.split("/"), to_sign]:
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key.hex()

    def count(self, method, start="", since=0):
        """Number of requests by method and start of the path, from the given one on."""
        return sum(1 for used, path, _ in self.requests[since:] if used == method and path.startswith(start))


class Times:
    """A fault for the first requests of a method."""

    def __init__(self, method, fault, count):
        self.method, self.fault, self.left = method, fault, count

    def __call__(self, method, path):
        if method == self.method and self.left > 0:
            self.left -= 1
            return self.fault
        return None


def query(target):
    return dict(urllib.parse.parse_qsl(target.partition("?")[2], keep_blank_values=True))


def read_request(client):
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = client.recv(1 << 16)
        if not chunk:
            return None, b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    head = head.decode() + "\r\n\r\n"
    length = re.search(r"^content-length: *(\d+)\r$", head, re.M | re.I)
    body, length = bytearray(body), int(length[1]) if length else 0
    while len(body) < length:
        chunk = client.recv(1 << 20)
        if not chunk:
            return None, b""
        body += chunk
    return head, bytes(body)


def answer(client, status, code):
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>A fault.</Message></Error>"
    head = f"HTTP/1.1 {status} Fault\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
    client.sendall(f"{head}Connection: close\r\n\r\n{body}".encode())


def reset(client):
    """Closes a connection so that its peer sees a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
