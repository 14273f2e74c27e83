"""Mutated folders: a clear error or a network, never anything else."""

import random

import numpy as np
import pytest
import yaml

from thetamix.network.check import check_network
from thetamix.readers.tables.csv_reader import read_csv
from thetamix.system.errors import InputError

TOKENS = [
    *("", " ", "NA", "-9999", "1e999", "1e308", "-1e308", "0x10", "1_0", "inf", "nan", "None", "1,5", "-"),
    *('"', "'", ";", ",,", "\t", "\x00", "\x0c", "\ufeff", "é", "\r", "\n", "s1", "c2", "A"),
    *("2020-01-01", "9999-99-99", "2020-01-01T00:00Z"),
]
FILES = ("sensors.csv", "series.csv", "weather.csv")


def mutate_file(data: bytes, rng: random.Random) -> bytes:
    kind = rng.randrange(8)
    lines = data.split(b"\n")
    if kind == 0:  # a bit
        position = rng.randrange(len(data))
        return data[:position] + bytes([data[position] ^ 1 << rng.randrange(8)]) + data[position + 1 :]
    if kind == 1:  # cut
        return data[: rng.randrange(len(data))]
    if kind == 2:  # a hole
        start, end = sorted(rng.randrange(len(data)) for _ in range(2))
        return data[:start] + data[end:]
    if kind == 3:  # lines in another order
        rng.shuffle(lines)
        return b"\n".join(lines)
    if kind == 4:  # a line twice
        return b"\n".join([*lines, rng.choice(lines)])
    if kind == 5:  # another encoding
        return data.decode("utf-8", "replace").encode(rng.choice(["utf-16", "utf-32", "latin-1", "cp500"]), "replace")
    row = rng.randrange(len(lines))
    cells = lines[row].split(b",")
    cells[rng.randrange(len(cells))] = rng.choice(TOKENS).encode()
    if kind == 7:
        rng.shuffle(cells)
    return b"\n".join([*lines[:row], b",".join(cells), *lines[row + 1 :]])


def mutate_mapping(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    row = rng.randrange(len(lines))
    kind = rng.randrange(3)
    if kind == 0:
        del lines[row]
    elif kind == 1:
        key, _, _ = lines[row].partition(":")
        lines[row] = f"{key}: {rng.choice([*TOKENS, '[1, 2]', '{a: b}', 'yes', '1e3', '+10:00', '2020-01-01'])}"
    else:
        other = rng.randrange(len(lines))
        lines[row], lines[other] = lines[other], lines[row]
    return "\n".join(lines)


def try_one(folder, seed: int) -> bool:
    rng = random.Random(seed)
    original = {name: (folder.path / name).read_bytes() for name in FILES}
    text = yaml.safe_dump(folder.mapping)
    try:
        for name in FILES:
            for _ in range(rng.choice([0, 0, 1, 1, 2])):
                data = (folder.path / name).read_bytes()
                folder.write(name, mutate_file(data, rng) if data else data)
        if rng.random() < 0.3:
            text = mutate_mapping(text, rng)
        mapping = folder.path / "mapping.yml"
        mapping.write_bytes(text.encode("utf-8", "replace"))
        network = read_csv(folder.path, mapping)
        check_network(network, "fuzz")
        readings = network["soil_moisture"].to_numpy()
        assert np.isfinite(readings).any() or "without a single reading" in network.attrs["comment"]
        return True
    except InputError as error:
        if not 10 < len(str(error)) < 2000:
            raise ValueError(f"not a message for a user: {error}") from error
        return False
    finally:
        for name, data in original.items():
            folder.write(name, data)


def fuzz(folder, seeds) -> None:
    read, failed = 0, []
    for seed in seeds:
        try:
            read += try_one(folder, seed)
        except Exception as error:
            failed.append(f"seed {seed}: {type(error).__name__}: {error}")
    assert not failed, "\n".join(failed[:10])
    # Some mutations are harmless; that not all are refused shows that the rest is still read.
    assert read > 0.05 * len(seeds)


def test_mutated_folders(folder):
    fuzz(folder, range(150))


@pytest.mark.soak
def test_many_mutated_folders(folder):
    fuzz(folder, range(1000, 6000))
