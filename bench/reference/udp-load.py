"""Datagrams in batches: `echo PORT` sends each one back, `load HOST PORT SECONDS FLOWS` counts round trips.

One system call carries 32 datagrams, so that the network between is what is measured and not this program.
"""
import ctypes, os, socket, struct, sys, time

libc = ctypes.CDLL(None, use_errno=True)
BATCH, SIZE = 32, 64


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Msghdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32), ("iov", ctypes.POINTER(Iovec)), ("iovlen", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t), ("flags", ctypes.c_int)]


class Mmsghdr(ctypes.Structure):
    _fields_ = [("hdr", Msghdr), ("length", ctypes.c_uint)]


class Batch:
    """Datagrams with the addresses they came from or go to."""

    def __init__(self, addressed):
        self.data = [ctypes.create_string_buffer(b"x" * SIZE, SIZE) for _ in range(BATCH)]
        self.names = [ctypes.create_string_buffer(28) for _ in range(BATCH)]
        self.iovs = [Iovec(ctypes.addressof(data), SIZE) for data in self.data]
        self.messages = (Mmsghdr * BATCH)()
        self.addressed = addressed
        self.reset()

    def reset(self):
        for index, message in enumerate(self.messages):
            header = message.hdr
            header.name = ctypes.addressof(self.names[index]) if self.addressed else None
            header.namelen = 28 if self.addressed else 0
            header.iov, header.iovlen = ctypes.pointer(self.iovs[index]), 1


def echo(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    server.bind(("", port))
    batch = Batch(True)
    while True:
        batch.reset()
        received = libc.recvmmsg(server.fileno(), batch.messages, BATCH, 0x10000, None)  # MSG_WAITFORONE
        if received > 0:
            libc.sendmmsg(server.fileno(), batch.messages, received, 0)


def load(host, port, seconds, flows):
    clients = []
    for _ in range(flows):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 100_000))
        client.connect((host, port))
        clients.append(client)
    out, back = Batch(False), Batch(False)
    sent = answered = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for client in clients:
            sent += max(0, libc.sendmmsg(client.fileno(), out.messages, BATCH, 0))
        for client in clients:
            missing = BATCH
            while missing > 0:
                received = libc.recvmmsg(client.fileno(), back.messages, missing, 0x10000, None)
                if received <= 0:
                    break
                missing -= received
            answered += BATCH - missing
    print(f"RESULT {sent} {answered} {answered / seconds:.0f}")


if sys.argv[1] == "echo":
    echo(int(sys.argv[2]))
else:
    load(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
