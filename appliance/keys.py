"""Ed25519 keys: whoever keeps a catalogue or a record signs it, and everybody can tell.

A public key is written as 64 hexadecimal digits: it can be read out on the telephone, and no
command takes it for an option.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from appliance.disk import faults_as
from appliance.errors import SigningKeyError

OWNER_ONLY = 0o600
LARGEST_KEY_FILE = 10_000  # bytes; ours have 119
PUBLIC_KEY_HELP = "a public key is 64 hexadecimal digits, as bellgate catalogue key prints it"

_PUBLIC_KEY = re.compile(r"[0-9a-f]{64}\Z")


def make_key(path: Path) -> str:
    """A new private key in a new file that only its owner can read; returns the public key."""
    key = new_key()
    data = key_file(key)
    if path.exists():
        raise SigningKeyError(f"{path} is there already: an overwritten key is lost for ever")
    with faults_as(SigningKeyError, path):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    return public_key(key)


def read_key(path: Path) -> Ed25519PrivateKey:
    """The private key of a file; SigningKeyError where it holds none."""
    try:
        with faults_as(SigningKeyError, path), path.open("rb") as file:
            key = load_pem_private_key(file.read(LARGEST_KEY_FILE), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:  # TypeError: it has a password
        raise SigningKeyError(f"{path} holds no private key of ours") from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(f"{path} holds a private key of another kind: we sign with Ed25519")
    return key


def new_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def key_file(key: Ed25519PrivateKey) -> bytes:
    """A private key as a file holds it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_key(key: Ed25519PrivateKey) -> str:
    """The public half, as people write it."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def read_public_key(text: str) -> str:
    """The one form of a public key that somebody wrote; ValueError where it is none."""
    key = text.strip().lower()
    if not _PUBLIC_KEY.match(key):
        raise ValueError(PUBLIC_KEY_HELP)
    return key


def fingerprint(key: str) -> str:
    """A public key in short, for two people to compare: 3f9a 01c2 …"""
    digits = hashlib.blake2b(bytes.fromhex(key), digest_size=10).hexdigest()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def is_signed(data: bytes, signature: bytes, key: str) -> bool:
    """True where the owner of this public key signed exactly these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
