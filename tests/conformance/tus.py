"""Uploads with tuspy, an independent client of the tus protocol, while the server is killed and started again.

Usage: tus.py EXECUTABLE
The last line is "tus: N passed, M failed".
"""

import hashlib
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from tusclient import client
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

PASSWORD = "correct horse battery"
KILLS = 3
SIZE = 20_000_003
CHUNK = 1 << 20


class Server:
    """The executable on one data folder and one port."""

    def __init__(self, executable, folder):
        self.command = [executable, "--data", folder, "--limits", "off", "--listen"]
        self.address = "127.0.0.1:0"
        self.start()

    def start(self):
        command = [*self.command, self.address]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        found = None
        while found is None:
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit("the server did not start")
            found = re.search(r"http://(127\.0\.0\.1:\d+)", line)
        self.address = found[1]
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def request(self, method, path, body=None, token=None):
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://{self.address}{path}", data, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as response:
            return response.read()

    def log_in(self):
        account = {"username": "ada", "password": PASSWORD}
        self.request("POST", "/register", account)
        return json.loads(self.request("POST", "/login", account))["token"]


def upload(server, token, path, checksum):
    """Uploads a file in parts; kills the server several times in between. Returns the id."""
    tus = client.TusClient(f"http://{server.address}/uploads", headers={"Authorization": f"Bearer {token}"})
    uploader = tus.uploader(str(path), chunk_size=CHUNK, metadata={"filename": path.name}, upload_checksum=checksum)
    uploader.set_url(uploader.create_url())
    kills = sorted(random.Random(7).sample(range(2, SIZE // CHUNK), KILLS))
    while uploader.offset < SIZE:
        if kills and uploader.offset >= kills[0] * CHUNK:
            kills.pop(0)
            timer = threading.Timer(0.003, server.kill)  # in the middle of the next part
            timer.start()
            try:
                uploader.upload_chunk()
            except (TusUploadFailed, TusCommunicationError, OSError):
                pass
            timer.join()
            server.start()
            uploader.offset = uploader.get_offset()
        else:
            uploader.upload_chunk()
    return uploader.url.rsplit("/", 1)[1]


def run(executable):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(executable, f"{folder}/data")
        try:
            token = server.log_in()
            content = random.Random(1).randbytes(SIZE)
            path = pathlib.Path(folder, "holiday ☀.bin")
            path.write_bytes(content)
            for checksum in (False, True):
                file = upload(server, token, path, checksum)
                message = server.request("POST", "/rooms/1/messages", {"body": "", "files": [file]}, token)
                shared = json.loads(message)["files"][0]
                assert shared["name"] == path.name, shared
                received = server.request("GET", shared["url"], token=token)
                assert hashlib.sha256(received).digest() == hashlib.sha256(content).digest()
                print(f"20 MB, {KILLS} kills, checksums {checksum}: equal")
        finally:
            server.kill()


if __name__ == "__main__":
    started = time.monotonic()
    try:
        run(sys.argv[1])
    except Exception as error:  # the result line counts every failure
        print(f"{type(error).__name__}: {error}")
        print("tus: 0 passed, 1 failed")
        sys.exit(1)
    print(f"took {time.monotonic() - started:.0f} s")
    print("tus: 2 passed, 0 failed")
