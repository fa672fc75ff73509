"""Archives within the archive that loaders open themselves."""

import json
import zipfile
from typing import Any

import pytest

from tests.archives.builders import Entry, make_zip, raw_zip, read, torch_checkpoint

EVIL = b"cos\nsystem\n(S'x'\ntR."
HARMLESS = b"\x80\x02ccollections\nOrderedDict\n)R."
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]


def findings(name: str, data: bytes, outer: int = zipfile.ZIP_DEFLATED) -> list[tuple[str, str]]:
    return [(item.severity.value, item.rule) for item in read(make_zip({name: data}, outer)).findings]


@pytest.mark.parametrize("outer", METHODS)
@pytest.mark.parametrize("inner", METHODS)
@pytest.mark.parametrize("name", ["model.pt", "model.pth", "pytorch_model.bin", "last.ckpt"])
def test_pickles_in_checkpoints_are_scanned(name: str, inner: int, outer: int) -> None:
    assert findings(name, torch_checkpoint(EVIL, inner), outer) == [("CRITICAL", "pickle.dangerous_global")]
    assert findings(name, torch_checkpoint(HARMLESS, inner), outer) == []


def test_the_member_is_named() -> None:
    # when
    (finding,) = read({"model.pt": torch_checkpoint(EVIL)}).findings
    # then
    assert finding.path == "model.pt"
    assert "model/data.pkl" in finding.message
    assert "os.system" in finding.message


def test_pickles_under_other_names_are_scanned_and_numbers_are_not_mistaken() -> None:
    # given
    hidden = make_zip({"model/constants": b"\x80\x02" + EVIL, "model/data/0": b"\x80\x02cx\xff\ny\n\xff"})
    # then
    assert findings("model.pt", hidden) == [("CRITICAL", "pickle.dangerous_global")]


@pytest.mark.parametrize("outer", METHODS)
def test_a_checkpoint_that_cannot_be_read_is_critical(outer: int) -> None:
    # given: each still loads in forgiving readers
    broken = [
        torch_checkpoint(EVIL) + b"trailing",
        raw_zip([Entry(b"model/data.pkl", EVIL, local={"crc": 1}, central={"crc": 1})]),
        raw_zip([Entry(b"model/data.pkl", EVIL, local_name=b"model/data.txt")]),
        raw_zip([Entry(b"model/data.pkl", EVIL, local={"flags": 1})]),
    ]
    # then
    for data in broken:
        assert findings("model.pt", data, outer) == [("CRITICAL", "nested.unreadable")]


def npy(descr: str, data: bytes) -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


def test_arrays_of_objects_are_scanned() -> None:
    # given
    evil, structured, numbers = npy("'|O'", EVIL), npy("[('a', '<f4'), ('b', 'O')]", EVIL), npy("'<f4'", EVIL)
    # then
    dangerous = ("CRITICAL", "pickle.dangerous_global")
    assert findings("a.npy", evil) == [dangerous]
    assert findings("a.npy", structured) == [dangerous]
    assert findings("a.npy", numbers) == []
    assert findings("a.npy", b"\x93NUMPY\x01") == []
    assert findings("a.npz", make_zip({"x.npy": numbers, "y.npy": evil})) == [dangerous]


def keras(config: Any) -> bytes:
    return make_zip({"config.json": json.dumps(config), "metadata.json": "{}", "model.weights.h5": b"\x89HDF"})


def layer(module: str, class_name: str) -> dict[str, Any]:
    return {"config": {"layers": [{"module": module, "class_name": class_name, "config": {}}]}}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (layer("keras.layers", "Dense"), []),
        (layer("keras.layers", "Lambda"), [("CRITICAL", "keras.lambda_layer")]),
        (layer("os", "system"), [("CRITICAL", "keras.dangerous_module")]),
        (layer("mypackage.layers", "Attention"), [("WARNING", "keras.foreign_module")]),
        ([[[]]], []),
    ],
)
def test_keras_configurations_are_scanned(config: Any, expected: list[tuple[str, str]]) -> None:
    assert findings("model.keras", keras(config)) == expected


def test_keras_configurations_that_are_no_json_are_critical() -> None:
    assert findings("model.keras", make_zip({"config.json": "["})) == [("CRITICAL", "keras.unreadable_config")]
    assert findings("model.keras", make_zip({"config.json": "[" * 99_999})) == [("CRITICAL", "keras.unreadable_config")]


def test_lambda_layers_in_hdf5_and_operations_in_graphs_are_found() -> None:
    # given: the words lie where two chunks of the stream meet
    padding = b"\x89HDF\r\n\x1a\n" + b"\x01\x02" * ((256 << 9) - 10)
    # then
    assert findings("m.h5", padding + b'{"class_name": "Lambda"}') == [("CRITICAL", "keras.lambda_layer")]
    assert findings("m.h5", padding + b'{"class_name": "Dense"}') == []
    assert findings("saved_model.pb", b"\x08\x01WriteFile") == [("WARNING", "savedmodel.operation")]


def test_other_archives_and_programs_are_told_of() -> None:
    # given
    pe = b"MZ" + b"\x00" * 58 + (64).to_bytes(4, "little") + b"PE\x00\x00"
    # then
    assert findings("inner.zip", make_zip({"a": b""})) == [("INFO", "nested.not_opened")]
    assert findings("lib.so", b"\x7fELF" + b"\x00" * 60) == [("WARNING", "file.executable")]
    assert findings("setup.txt", pe) == [("WARNING", "file.executable")]
    assert findings("notes.md", b"#!/bin/sh\nrm -rf /") == [("INFO", "file.script")]
    assert findings("run.sh", b"#!/bin/sh\n") == []
