"""A whole archive read in one pass: files, components, parameters, licence texts, configuration."""

import hashlib
import io
import json
import random
import tracemalloc
import zipfile

import pytest

from app.archives import ArchiveReader, HostileArchive, read_archive
from app.archives.archive import root_folder
from app.archives.components import component_of
from app.archives.formats import format_of
from app.archives.license_names import recognised_license
from app.enums import PackageComponent, ScanSeverity
from tests.archives.builders import LIMITS, gguf, make_zip, onnx, onnx_tensor, raw_zip, read, safetensors
from tests.archives.builders import Entry as RawEntry


def weights(count: int) -> bytes:
    return safetensors({"weight": ("F32", [count], 4 * count)})


def test_files_come_with_digest_component_and_format() -> None:
    # given
    model = weights(10)
    # when
    contents = read({"model/": b"", "model/model.safetensors": model, "model/train.py": "print(1)", "model/x": b""})
    # then
    assert [(item.path, item.component, item.format, item.size_bytes) for item in contents.files] == [
        ("model/model.safetensors", PackageComponent.WEIGHTS, "safetensors", len(model)),
        ("model/train.py", PackageComponent.CODE, "python", 8),
        ("model/x", PackageComponent.OTHER, None, 0),
    ]
    assert contents.files[0].sha256 == hashlib.sha256(model).hexdigest()
    assert contents.total_unpacked_bytes == len(model) + 8
    assert contents.parameter_count == 10
    assert (contents.card, contents.license, contents.config, contents.findings) == (None, None, {}, ())


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.txt": b""}, None),
        ({"model-00001-of-00002.safetensors": weights(3), "model-00002-of-00002.safetensors": weights(4)}, 7),
        ({"model.safetensors": weights(3), "onnx/model.onnx": onnx([onnx_tensor([5], 1)])}, 3),
        ({"model.safetensors": weights(3), "model.fp16.safetensors": weights(3)}, 3),
        ({"model.safetensors": weights(3), "consolidated.safetensors": weights(3)}, 3),
        ({"unet/model.safetensors": weights(3), "vae/model.safetensors": weights(4)}, 7),
        ({"m-Q4_K_M.gguf": gguf([("a", [8], 0)]), "m-Q8_0.gguf": gguf([("a", [8], 0)])}, 8),
        ({"m-00001-of-00002.gguf": gguf([("a", [8], 0)]), "m-00002-of-00002.gguf": gguf([("b", [9], 0)])}, 17),
        ({"model.onnx": onnx([onnx_tensor([5], 1)]), "model_quantized.onnx": onnx([onnx_tensor([5], 3)])}, 5),
        (
            {
                "encoder_model.onnx": onnx([onnx_tensor([5], 1)]),
                "decoder_model.onnx": onnx([onnx_tensor([6], 1)]),
                "decoder_model_merged.onnx": onnx([onnx_tensor([7], 1)]),
            },
            12,
        ),
    ],
)
def test_the_same_weights_count_once(files: dict[str, bytes | str], expected: int | None) -> None:
    assert read(files).parameter_count == expected


@pytest.mark.parametrize(
    ("path", "component"),
    [
        ("README.md", PackageComponent.DOCUMENTATION),
        ("LICENSE", PackageComponent.DOCUMENTATION),
        ("docs/figure.png", PackageComponent.DOCUMENTATION),
        ("config.json", PackageComponent.WEIGHTS),
        ("tokenizer.json", PackageComponent.WEIGHTS),
        ("vocab.txt", PackageComponent.WEIGHTS),
        ("modules.json", PackageComponent.WEIGHTS),
        ("1_Pooling/config.json", PackageComponent.WEIGHTS),
        ("model.safetensors.index.json", PackageComponent.WEIGHTS),
        ("pytorch_model.bin", PackageComponent.WEIGHTS),
        ("data/silero.onnx", PackageComponent.WEIGHTS),
        ("booster.ubj", PackageComponent.WEIGHTS),
        ("data/train.csv", PackageComponent.DATASETS),
        ("data/anything.txt", PackageComponent.DATASETS),
        ("part-0.parquet", PackageComponent.DATASETS),
        ("train.jsonl", PackageComponent.DATASETS),
        ("data/load.py", PackageComponent.CODE),
        ("train.ipynb", PackageComponent.CODE),
        ("requirements-dev.txt", PackageComponent.CODE),
        ("Dockerfile", PackageComponent.CODE),
        (".gitattributes", PackageComponent.OTHER),
        ("__MACOSX/._model.safetensors", PackageComponent.OTHER),
        ("notes.txt", PackageComponent.OTHER),
    ],
)
def test_components_by_path(path: str, component: PackageComponent) -> None:
    assert component_of(path, format_of(path, b"")) is component


@pytest.mark.parametrize(
    ("path", "head", "expected"),
    [
        ("model.bin", b"PK\x03\x04", "pytorch"),
        ("model.bin", b"\x80\x02}q", "pytorch"),
        ("model.bin", b"GGUF\x03", "gguf"),
        ("model.dat", b"\x80\x04\x95", "pickle"),
        ("model.txt", b"\x7fELF", "elf"),
        ("arrays.npz", b"PK\x03\x04", "npz"),
        ("m.joblib", b"\x78\x9c", "joblib"),
        ("m", b"\x93NUMPY", "npy"),
        ("m", (99).to_bytes(8, "little") + b'{"a":{}}', "safetensors"),
        ("m.tflite", b"\x1c\x00\x00\x00TFL3", "tflite"),
        ("x/saved_model.pb", b"\x08\x01", "savedmodel"),
        ("model.json", b'{"learner":{"attributes":{}', "xgboost"),
        ("model.json", b'{"layers":{"learner":1}}', "json"),
        ("text.zip", b"PK\x03\x04", "zip"),
        ("README", b"# x", "text"),
        (".hidden", b"x", None),
    ],
)
def test_formats_by_content_and_name(path: str, head: bytes, expected: str | None) -> None:
    assert format_of(path, head) == expected


LICENSES = {
    "MIT": "MIT License\n\nCopyright (c) 2024 X\n\nPermission is hereby granted, free of charge, to any person\n"
    "obtaining a copy of this software, to deal in the Software without restriction",
    "Apache-2.0": "\n    Apache License\n   Version 2.0, January 2004\n http://www.apache.org/licenses/",
    "BSD-3-Clause": "Redistribution and use in source and binary forms, with or without modification, ... in binary "
    "form must reproduce ... Neither the name of X nor ... to endorse or promote products",
    "BSD-2-Clause": "Redistribution and use in source and binary forms ... in binary form must reproduce",
    "ISC": "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is",
    "Unlicense": "This is free and unencumbered software released into the public domain.",
    "GPL-3.0-only": "GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007",
    "GPL-2.0-only": "GNU GENERAL PUBLIC LICENSE\n   Version 2, June 1991",
    "LGPL-3.0-only": "GNU LESSER GENERAL PUBLIC LICENSE\n Version 3, ... GNU General Public License version 3",
    "LGPL-2.1-only": "GNU LESSER GENERAL PUBLIC LICENSE\n Version 2.1, February 1999",
    "MPL-2.0": "Mozilla Public License Version 2.0\n====",
    "CC-BY-4.0": "Creative Commons Attribution 4.0 International Public License",
    "CC-BY-SA-4.0": "Attribution-ShareAlike 4.0 International",
    "CC-BY-NC-4.0": "Attribution-NonCommercial 4.0 International",
    "LicenseRef-scancode-stable-diffusion-2022-08-22": "CreativeML Open RAIL-M\ndated August 22, 2022",
    "LicenseRef-scancode-llama-3.1-license-2024": "LLAMA 3.1 COMMUNITY LICENSE AGREEMENT",
    "LicenseRef-scancode-gemma-tou-2024-04-01": "Gemma Terms of Use\nLast modified",
}


@pytest.mark.parametrize(("identifier", "text"), LICENSES.items(), ids=LICENSES.keys())
def test_license_texts_are_recognised(identifier: str, text: str) -> None:
    # when
    contents = read({"model/LICENSE.txt": text, "model/a.txt": b""})
    # then
    assert (contents.license_text_id, contents.license) == (identifier, identifier)


def test_the_card_goes_before_the_license_file() -> None:
    # when
    contents = read({"LICENSE": LICENSES["MIT"], "README.md": "---\nlicense: apache-2.0\n---\n"})
    # then
    assert (contents.license_text_id, contents.license) == ("MIT", "Apache-2.0")
    assert recognised_license("All rights reserved.") is None


def test_root_folder() -> None:
    assert root_folder(["m/a", "m/b/c"]) == "m/"
    assert root_folder(["m/a", "__MACOSX/m/._a", ".DS_Store"]) == "m/"
    assert root_folder(["m/a", "b"]) == ""
    assert root_folder(["m/a", "n/b"]) == ""


def test_configuration_is_read_at_the_root_only_and_remote_code_is_warned_of() -> None:
    # given
    config = {"model_type": "x", "auto_map": {"AutoModel": "modeling.X"}, "limit": [0, float("inf")]}
    # when
    contents = read(
        {"m/config.json": json.dumps(config), "m/1/config.json": '{"auto_map": 1}', "m/x_config.json": "[]"}
    )
    # then
    assert contents.config == {"model_type": "x", "auto_map": {"AutoModel": "modeling.X"}, "limit": [0, None]}
    assert [(item.path, item.severity, item.rule) for item in contents.findings] == [
        ("m/config.json", ScanSeverity.WARNING, "config.remote_code")
    ]
    assert contents.warnings == ()


@pytest.mark.parametrize("text", ["[]", "{", "[" * 100_000, '{"a": ' + "9" * 5000 + "}", " " * 2_000_000, ""])
def test_a_configuration_that_cannot_be_read_is_warned_of(text: str) -> None:
    # when
    contents = read({"config.json": text}) if len(text) < 1 << 20 else read(make_zip({"config.json": text}, 0))
    # then
    assert contents.config == {}
    assert len(contents.warnings) == 1


def test_texts_are_read_with_the_same_checks_and_within_bounds() -> None:
    # given
    files: dict[str, bytes | str] = {
        "a.py": "print('é')",
        "b.md": b"\xff\xfeh\x00i\x00",
        "c.py": "x" * 100,
        "d.py": "y",
    }
    reader = ArchiveReader(io.BytesIO(make_zip(files)), LIMITS)
    # then
    assert dict(reader.texts(lambda path: path.endswith(".py"), 10, 22)) == {
        "a.py": "print('é'",
        "c.py": "x" * 10,
        "d.py": "y",
    }
    assert dict(reader.texts(lambda path: True, 10, 12)) == {"a.py": "print('é'", "b.md": ""}
    assert reader.text("b.md", 100) == "hi"
    assert reader.text("none", 100) is None
    damaged = raw_zip([RawEntry(b"a.py", local={"crc": 1}, central={"crc": 1})])
    with pytest.raises(HostileArchive):
        ArchiveReader(io.BytesIO(damaged), LIMITS).text("a.py", 100)


def test_memory_stays_the_same_whatever_the_size() -> None:
    def peak(megabytes: int) -> int:
        block = random.Random(1).randbytes(1 << 20)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("model.bin", "model.h5", "big.txt"):
                with archive.open(name, "w") as member:
                    for _ in range(megabytes):
                        member.write(block)
        tracemalloc.start()
        read_archive(file, LIMITS)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    # then
    assert peak(12) < peak(2) + (1 << 20)
