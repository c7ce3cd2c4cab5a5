"""Contents of files in S3-compatible storage: moto behind a gate that checks signatures and makes faults.

Usage: s3.py EXECUTABLE
The last line is "s3: N passed, M failed".
"""

import hashlib
import json
import os
import pathlib
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request
import zlib

from tusclient import client

from s3_gate import Gate, Times

KEY, SECRET = "AKIDCHATTERBOX", "wJalrXUtnFEMI/K7MDENG+a-secret"
PASSWORD = "correct horse battery"
PART = 16 << 20
KILLS = 6
WAIT = 20  # s


class Server:
    """The executable on one data folder, with its log."""

    def __init__(self, executable, folder, *args, secret=SECRET):
        common = ["--limits", "off", "--password-cost", "4", "--listen", "127.0.0.1:0"]
        self.command = [executable, "--data", f"{folder}/data", *common, *args]
        self.environment = {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": secret}
        self.data, self.log, self.token = pathlib.Path(folder, "data"), [], None
        self.address = self.process = None

    def launch(self):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        self.process = subprocess.Popen(self.command, env=self.environment, **pipes)
        for line in self.process.stdout:
            self.log.append(line)
            if found := re.search(r"listens on http://(127\.0\.0\.1:\d+)", line):
                self.address = found[1]
                threading.Thread(target=lambda: self.log.extend(self.process.stdout), daemon=True).start()
                return self
        return None

    def start(self):
        assert self.launch(), f"the server did not start: {self.log}"
        if not self.token:
            account = {"username": "ada", "password": PASSWORD}
            self.request("POST", "/register", account)
            self.token = json.loads(self.request("POST", "/login", account)[2])["token"]
        return self

    def refusal(self):
        """The only sentence of a start that is refused."""
        started = self.launch()
        self.kill()
        assert not started, "it starts"
        assert len(self.log) == 1 and self.log[0].endswith(".\n"), self.log
        return self.log[0]

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(WAIT) == 0

    def request(self, method, path, body=None, headers=None):
        given = {"Accept": "application/json", **(headers or {})}
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        if body is not None and not isinstance(body, bytes):
            given["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.address}{path}", body, given, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def upload(self, content, name="a.bin"):
        """Uploads by tuspy. Returns the id."""
        headers = {"Authorization": f"Bearer {self.token}"}
        tus = client.TusClient(f"http://{self.address}/uploads", headers=headers)
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            uploader = tus.uploader(file.name, chunk_size=8 << 20, metadata={"filename": name})
            uploader.upload()
        return uploader.url.rsplit("/", 1)[1]

    def begin(self, content):
        """Sends all bytes of an upload in one request. Returns its path, and the status and the text of the answer."""
        tus = {"Tus-Resumable": "1.0.0"}
        _, headers, _ = self.request("POST", "/uploads", b"", {**tus, "Upload-Length": str(len(content))})
        part = {**tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        status, _, text = self.request("PATCH", headers["Location"], content, part)
        return headers["Location"], status, text.decode()

    def post(self, file):
        status, _, text = self.request("POST", "/rooms/1/messages", {"body": "", "files": [file]})
        assert status == 201, text
        return json.loads(text)

    def share(self, content, name="a.bin"):
        return self.post(self.upload(content, name))

    def delete(self, message):
        status, _, text = self.request("DELETE", f"/rooms/1/messages/{message['id']}", {})
        assert status == 200, text

    def local(self):
        """Names of contents in the data folder."""
        return [path.name for path in self.data.glob("files/??/*")]


class World:
    """Storage, its gate, and the folder of this run."""

    def __init__(self, executable, home):
        self.executable, self.home, self.servers = executable, home, []
        self.storage = ("127.0.0.1", free_port())
        command = [sys.executable, "-m", "moto.server", "-H", self.storage[0], "-p", str(self.storage[1])]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.moto = subprocess.Popen(command, **silent)
        self.gate = Gate(self.storage, KEY, SECRET)
        wait_for("moto", self.answers)
        self.direct("PUT", "/files")

    def answers(self):
        try:
            return self.direct("GET", "/")
        except OSError:
            return None

    def direct(self, method, path):
        """A request to moto itself, which does not check signatures."""
        url = f"http://{self.storage[0]}:{self.storage[1]}{path}"
        credential = f"Credential={KEY}/20260101/us-east-1/s3/aws4_request"
        headers = {"Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"}
        request = urllib.request.Request(url, method=method, headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            return response.read()

    def server(self, name, *args, bucket=None, **settings):
        bucket = bucket or f"files/{name}"
        blobs = f"s3://{bucket}?endpoint=http://127.0.0.1:{self.gate.port}&region=us-east-1"
        folder = pathlib.Path(self.home, name)
        folder.mkdir(exist_ok=True)
        server = Server(self.executable, folder, "--blobs", blobs, *args, **settings)
        self.servers.append(server)
        return server

    def objects(self, name):
        """Names of contents in the folder of a server."""
        listed = self.direct("GET", f"/files?list-type=2&prefix={name}/").decode()
        names = re.findall(rf"<Key>{name}/([^<]+)</Key>", listed)
        return [found for found in names if found != "storage-id"]

    def unfinished(self):
        """Number of uploads in parts that were not ended."""
        return self.direct("GET", "/files?uploads").decode().count("<UploadId>")

    def end(self):
        for server in self.servers:
            server.kill()
        self.moto.kill()
        self.moto.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(what, check):
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def picture(width, height):
    """A PNG of noise, which needs reduced copies."""
    source = random.Random(5)
    rows = b"".join(b"\0" + source.randbytes(width * 3) for _ in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def contents_are_in_the_bucket_and_come_back(world):
    server = world.server("plain").start()
    small, large = noise(100_003, 1), noise(PART + 3_000_001, 2)
    for content in (small, large):
        since = len(world.gate.requests)
        file = server.share(content)["files"][0]
        assert sha256(content) in world.objects("plain")
        in_parts = world.gate.count("POST", since=since) == 2
        assert in_parts == (len(content) > PART), world.gate.requests[since:]
        status, headers, body = server.request("GET", file["url"])
        assert (status, sha256(body)) == (200, sha256(content))
        assert headers["Content-Length"] == str(len(content))
        for first, last in ((0, 0), (500, 70_000), (len(content) - 9, len(content) - 1)):
            asked = {"Range": f"bytes={first}-{last}"}
            status, headers, body = server.request("GET", file["url"], headers=asked)
            assert (status, body) == (206, content[first : last + 1])
            assert headers["Content-Range"] == f"bytes {first}-{last}/{len(content)}"
            assert world.gate.requests[-1][2]["range"] == asked["Range"], "the range is that of the storage"
        status, headers, _ = server.request("HEAD", file["url"])
        assert (status, headers["Content-Length"]) == (200, str(len(content)))
        far = {"Range": f"bytes={len(content)}-"}
        assert server.request("GET", file["url"], headers=far)[0] == 416
    assert server.local() == [] and not list(server.data.glob("files/incoming/*"))
    assert world.unfinished() == 0


def pictures_have_copies(world):
    server = world.server("pictures").start()
    message = server.share(picture(1000, 500), "a.png")
    file = message["files"][0]
    assert len(world.objects("pictures")) == 3, world.objects("pictures")
    for address in (file["small_url"], file["large_url"]):
        status, headers, whole = server.request("GET", address)
        assert status == 200 and headers["Content-Type"] == "image/jpeg", headers
        status, _, part = server.request("GET", address, headers={"Range": "bytes=10-99"})
        assert (status, part) == (206, whole[10:100])
        assert server.request("HEAD", address)[1]["Content-Length"] == str(len(whole))
    server.delete(message)
    wait_for("the copies to leave", lambda: not world.objects("pictures"))


def equal_contents_are_stored_once_and_leave_with_the_last_message(world):
    server = world.server("once").start()
    content = noise(50_000, 3)
    first = server.share(content)
    since = len(world.gate.requests)
    second = server.share(content)
    assert world.gate.count("PUT", since=since) == 0, "it is there already"
    server.delete(first)
    other = server.share(noise(10, 4))
    server.delete(other)
    wait_for("the other one to leave", lambda: world.objects("once") == [sha256(content)])
    server.delete(second)
    wait_for("the content to leave", lambda: not world.objects("once"))


def while_storage_is_down_uploads_wait_and_downloads_say_so(world):
    server = world.server("down").start()
    old, content = server.share(noise(40_000, 5)), noise(2_000_000, 6)
    world.gate.is_down = True
    path, status, text = server.begin(content)
    assert status == 503 and "file storage" in text, (status, text)
    status, headers, text = server.request("GET", old["files"][0]["url"])
    assert status == 503 and int(headers["Retry-After"]) > 0 and b"file storage" in text, (status, text)
    assert server.request("POST", "/rooms/1/messages", {"body": "still here"})[0] == 201
    server.delete(old)
    wait_for("a removal to fail", lambda: any("could not be removed" in line for line in server.log))
    server.kill()
    server.log.clear()
    assert "can’t be reached" in server.refusal()
    world.gate.is_down = False
    server.start()
    status, headers, _ = server.request("HEAD", path, headers={"Tus-Resumable": "1.0.0"})
    assert (status, headers["Upload-Offset"]) == (200, str(len(content))), "all bytes had been kept"
    message = server.post(path.rsplit("/", 1)[1])
    assert server.request("GET", message["files"][0]["url"])[2] == content
    wait_for("the removal", lambda: world.objects("down") == [sha256(content)])


def a_removal_is_repeated_without_a_restart(world):
    server = world.server("removal").start()
    message = server.share(noise(1000, 7))
    world.gate.faults = [Times("DELETE", ("status", 503, "SlowDown"), 4)]
    server.delete(message)
    wait_for("the content to leave", lambda: not world.objects("removal"))
    assert any("could not be removed" in line for line in server.log), server.log


def faults_that_pass_are_not_seen(world):
    server = world.server("faults").start()
    large = noise(PART + 1_000_000, 8)
    for seed, fault in enumerate(
        [
            [Times("PUT", ("status", 500, "InternalError"), 2)],
            [Times("PUT", ("status", 503, "SlowDown"), 1), Times("GET", ("status", 503, "SlowDown"), 2)],
            [Times("PUT", "reset", 1), Times("HEAD", "reset", 1), Times("GET", "reset", 1)],
            [Times("PUT", "damage", 1)],
            [Times("GET", ("cut", 50_000), 3)],
            [Times("PUT", ("delay", 0.5), 1), Times("GET", ("delay", 0.5), 1)],
        ]
    ):
        content = noise(300_000, 100 + seed)
        world.gate.faults = fault
        file = server.share(content)["files"][0]
        status, _, body = server.request("GET", file["url"])
        assert (status, body) == (200, content), (seed, status)
    world.gate.faults = [Times("PUT", ("status", 500, "InternalError"), 1), Times("PUT", "damage", 1)]
    file = server.share(large)["files"][0]
    world.gate.faults = [Times("GET", ("cut", 9_000_000), 2)]
    assert sha256(server.request("GET", file["url"])[2]) == sha256(large)


def faults_that_stay_are_errors_without_traces(world):
    server = world.server("errors").start()
    large = noise(PART + 1000, 9)
    for count, fault in ((1, ("status", 403, "AccessDenied")), (9, ("status", 500, "InternalError")), (9, "damage")):
        world.gate.faults = [Times("PUT", fault, count)]
        path, status, _ = server.begin(large)
        assert status == 503, (fault, status)
        assert world.unfinished() == 0, "the parts are removed"
        world.gate.faults = []
    assert world.objects("errors") == []
    status, headers, _ = server.request("HEAD", path, headers={"Tus-Resumable": "1.0.0"})
    assert (status, headers["Upload-Offset"]) == (200, str(len(large)))
    file = server.post(path.rsplit("/", 1)[1])["files"][0]
    world.direct("DELETE", f"/files/errors/{sha256(large)}")
    assert server.request("GET", file["url"])[0] == 500
    wait_for("a line in the log", lambda: any("a blob is missing" in line for line in server.log))
    log = "".join(server.log)
    for secret in (SECRET, "Signature=", "X-Amz"):
        assert secret not in log, log


def kills_lose_nothing(world):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    source = random.Random(seed)
    server = world.server("kills").start()
    known, waiting = {}, []
    for number in range(KILLS):
        content = noise(source.choice([5_000, 900_000, PART + 500_000]), seed + number)
        timer = threading.Timer(source.uniform(0.0, 0.5), server.kill)
        timer.start()
        try:
            tus = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content))}
            path = server.request("POST", "/uploads", b"", tus)[1]["Location"]
            waiting.append((path, content))
            part = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
            if server.request("PATCH", path, content, part)[0] == 204:
                server.post(path.rsplit("/", 1)[1])
        except OSError:
            pass  # killed
        timer.join()
        server.start()
        history = json.loads(server.request("GET", "/rooms/1/messages?limit=100")[2])
        for message in history["messages"]:
            for file in message["files"]:
                status, _, body = server.request("GET", file["url"])
                known[file["id"]] = sha256(body)
                assert status == 200 and len(body) == file["size"], (status, file)
    by_id = {path.rsplit("/", 1)[1]: content for path, content in waiting}
    for file, found in known.items():
        assert found == sha256(by_id[file]), file
    for path, content in waiting:
        status, headers, _ = server.request("HEAD", path, headers={"Tus-Resumable": "1.0.0"})
        if status == 200:  # it was not posted
            at = int(headers["Upload-Offset"])
            part = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
            if at < len(content):
                assert server.request("PATCH", path, content[at:], part)[0] == 204
            file = server.post(path.rsplit("/", 1)[1])["files"][0]
            assert sha256(server.request("GET", file["url"])[2]) == sha256(content)
    server.kill()
    server.start()
    expected = sorted({sha256(content) for _, content in waiting})
    wait_for("only contents with rows", lambda: sorted(world.objects("kills")) == expected)
    wait_for("no unfinished uploads", lambda: world.unfinished() == 0)


def a_wrong_setting_is_refused_in_one_sentence(world):
    assert "no bucket missing" in world.server("a", bucket="missing/a").refusal()
    refusal = world.server("b", secret="wrong").refusal()
    assert "rejected the keys (SignatureDoesNotMatch)" in refusal and "wrong" not in refusal, refusal
    world.gate.faults = [lambda method, path: ("status", 403, "AccessDenied") if method == "PUT" else None]
    assert "(AccessDenied)" in world.server("c").refusal()
    world.gate.faults = []
    world.server("c").start().stop()
    without = Server(world.executable, pathlib.Path(world.home, "d"), "--blobs", "s3://files?endpoint=x")
    assert "--blobs can’t be" in without.refusal()
    without = world.server("e")
    del without.environment["AWS_SECRET_ACCESS_KEY"]
    assert "AWS_SECRET_ACCESS_KEY" in without.refusal()


def each_chat_has_a_folder_of_its_own(world):
    first = world.server("first").start()
    content = noise(1000, 10)
    message = first.share(content)
    first.stop()
    other = world.server("other", bucket="files/first")
    assert "belong to another chat" in other.refusal()
    without = Server(world.executable, pathlib.Path(world.home, "first"))
    assert "s3://files/first" in without.refusal()
    elsewhere = world.server("first", bucket="files/elsewhere")
    assert "not in s3://files/elsewhere" in elsewhere.refusal()
    again = world.server("first")
    again.token = first.token
    assert again.start().request("GET", message["files"][0]["url"])[2] == content


def contents_that_were_in_the_folder_stay_there(world):
    folder = pathlib.Path(world.home, "before")
    folder.mkdir()
    before = Server(world.executable, folder).start()
    world.servers.append(before)
    contents = [noise(30_000, seed) for seed in (11, 12)]
    first, second = (before.share(content) for content in contents)
    before.stop()
    server = world.server("before")
    server.token = before.token
    server.start()
    new = server.share(noise(1000, 13))
    assert world.objects("before") == [sha256(noise(1000, 13))]
    for message, content in zip((first, second), contents):
        assert server.request("GET", message["files"][0]["url"])[2] == content
    server.delete(first)
    wait_for("the first to leave", lambda: server.local() == [sha256(contents[1])])
    assert server.request("GET", new["files"][0]["url"])[0] == 200


CASES = [
    contents_are_in_the_bucket_and_come_back,
    pictures_have_copies,
    equal_contents_are_stored_once_and_leave_with_the_last_message,
    while_storage_is_down_uploads_wait_and_downloads_say_so,
    a_removal_is_repeated_without_a_restart,
    faults_that_pass_are_not_seen,
    faults_that_stay_are_errors_without_traces,
    kills_lose_nothing,
    a_wrong_setting_is_refused_in_one_sentence,
    each_chat_has_a_folder_of_its_own,
    contents_that_were_in_the_folder_stay_there,
]


def run(executable, only):
    passed = failed = 0
    with tempfile.TemporaryDirectory() as home:
        world = World(executable, home)
        try:
            for case in [case for case in CASES if only in case.__name__]:
                started = time.monotonic()
                try:
                    case(world)
                    passed += 1
                    print(f"{case.__name__}: {time.monotonic() - started:.1f} s", flush=True)
                except Exception:  # the result line counts every failure
                    failed += 1
                    print(f"{case.__name__}: failed\n{traceback.format_exc()}", flush=True)
                    for server in world.servers[-1:]:
                        print("".join(server.log[-20:]))
                finally:
                    world.gate.faults, world.gate.is_down = [], False
                    for server in world.servers:
                        server.kill()
        finally:
            world.end()
    return passed, failed


if __name__ == "__main__":
    counts = run(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
    print(f"s3: {counts[0]} passed, {counts[1]} failed")
    sys.exit(1 if counts[1] else 0)
