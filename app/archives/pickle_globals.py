"""What a pickle may name. Unpickling imports and calls whatever is named, so names are what is judged.

The dangerous names follow picklescan's and fickling's lists (github.com/mmaitre314/picklescan, scanner.py;
github.com/trailofbits/fickling), widened from single functions to whole modules: no model needs any of them.
"""

from app.enums import ScanSeverity


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Modules, with all under them, that reach the operating system, the interpreter or the network, or load more code.
_DANGEROUS_MODULES = _words(
    """
    _aix_support _ctypes _io io _osx_support _pickle _posixsubprocess _pyrepl _socket _thread _winapi aiohttp
    asyncio bdb cProfile code codeop commands compileall concurrent ctypes dill distutils doctest ensurepip
    fileinput ftplib gc http httplib idlelib imaplib imp importlib inspect lib2to3 linecache logging.config
    logging.handlers marshal mmap multiprocessing nntplib nt ntpath operator _operator os paramiko pdb pickle pip
    pkg_resources pkgutil poplib popen2 posix posixpath profile pty pydoc requests resource runpy sched setuptools
    shelve shutil signal site smtplib socket socketserver sqlite3 ssl subprocess sys sysconfig tempfile telnetlib
    test threading timeit trace tracemalloc types urllib urllib2 urllib3 uuid venv webbrowser winreg xmlrpc zipimport
    cloudpickle.cloudpickle joblib.externals joblib.parallel joblib.memory joblib._memmapping_reducer numpy.f2py
    numpy.testing numpy.distutils numpy.lib.npyio numpy.lib._npyio_impl numpy.ctypeslib pandas.io
    pandas.core.computation scipy.io sklearn.datasets sklearn.utils._testing torch.hub torch.serialization
    torch.package torch.distributed.rpc torch.distributed.run torch.distributed.launch torch.multiprocessing
    torch.utils.cpp_extension torch.utils.bottleneck torch.utils.collect_env torch.utils._config_module
    torch.utils.data.datapipes torch._dynamo torch._inductor torch.fx torch.jit torch.testing torch.onnx torch.ops
    torch.library transformers.dynamic_module_utils transformers.utils.hub huggingface_hub
    """
)
_DANGEROUS_NAMES = {
    "builtins": _words(
        "__import__ apply breakpoint compile delattr dir eval exec execfile exit file filter getattr globals "
        "hasattr help input locals map memoryview open print quit raw_input reduce reload setattr vars"
    ),
    "functools": frozenset({"reduce", "partial", "partialmethod"}),
    "cloudpickle": frozenset({"loads", "load"}),
    "joblib": frozenset({"load", "dump", "Parallel", "Memory"}),
    "joblib.numpy_pickle": frozenset({"load", "dump", "load_temporary_memmap", "NumpyUnpickler", "_unpickle"}),
    "numpy": frozenset({"load", "loadtxt", "genfromtxt", "fromfile", "memmap", "save", "savetxt", "savez"}),
    "pandas": frozenset({"read_pickle", "eval", "read_csv", "read_json", "to_pickle"}),
    "torch": frozenset({"load", "save", "compile"}),
    "logging": frozenset({"FileHandler"}),
    "codecs": frozenset({"open"}),
    "bz2": frozenset({"open", "BZ2File"}),
    "gzip": frozenset({"open", "GzipFile"}),
    "lzma": frozenset({"open", "LZMAFile"}),
    "pathlib": frozenset({"Path.unlink", "Path.write_text", "Path.write_bytes", "Path.read_text", "Path.open"}),
}
# Python 2 names, which pickles of protocol 0 to 2 carry and the unpickler translates.
_OLD_MODULES = {"__builtin__": "builtins", "exceptions": "builtins", "copy_reg": "copyreg", "UserDict": "collections"}

_BUILTIN_TYPES = (
    "bool bytearray bytes complex dict float frozenset int list long object range set slice str tuple unicode xrange "
    "Exception KeyError TypeError ValueError Ellipsis NotImplemented"
)
_SAFE_NAMES = {
    "builtins": _words(_BUILTIN_TYPES),
    "collections": frozenset({"OrderedDict", "defaultdict", "Counter", "deque"}),
    "copyreg": frozenset({"_reconstructor", "__newobj__", "__newobj_ex__"}),
    "_codecs": frozenset({"encode"}),
    "_io": frozenset({"BytesIO", "StringIO"}),
    "io": frozenset({"BytesIO", "StringIO"}),
    "types": frozenset({"SimpleNamespace"}),
    "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
    "decimal": frozenset({"Decimal"}),
    "fractions": frozenset({"Fraction"}),
    "uuid": frozenset({"UUID"}),
    "argparse": frozenset({"Namespace"}),
    "pathlib": frozenset({"Path", "PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"}),
    "joblib.numpy_pickle": frozenset({"NumpyArrayWrapper"}),
    "torch": _words(
        "Size Tensor device dtype Generator bool uint8 int8 int16 int32 int64 half float float16 float32 "
        "float64 double bfloat16 complex64 complex128 qint8 quint8 qint32 strided per_tensor_affine "
        "per_channel_affine"
    ),
    "torch.nn.parameter": frozenset({"Parameter", "Buffer", "UninitializedParameter"}),
    "torch.storage": frozenset({"TypedStorage", "UntypedStorage", "_TypedStorage", "_UntypedStorage"}),
    "torch.serialization": frozenset({"_get_layout"}),
    "torch.jit._pickle": _words(
        "build_intlist build_tensorlist build_doublelist build_boollist build_tensor_from_id restore_type_tag"
    ),
}
# In these modules every class and function only builds data.
_SAFE_MODULES = _words(
    """
    torch._tensor torch._utils torch.nn.modules torch.nn.quantized torch.optim torch.amp.grad_scaler __torch__
    numpy.core.multiarray numpy._core.multiarray numpy.core.numeric numpy._core.numeric numpy.random._pickle
    numpy.random._mt19937 numpy.random._pcg64 numpy.random.mtrand numpy.dtypes numpy.ma.core scipy.sparse
    scipy.stats._distn_infrastructure pandas._libs pandas.core.frame pandas.core.series pandas.core.indexes
    pandas.core.internals pandas.core.dtypes pandas.core.arrays sklearn xgboost.sklearn xgboost.core
    lightgbm.sklearn lightgbm.basic catboost.core transformers.training_args transformers.trainer_utils
    transformers.tokenization_utils_base tokenizers
    """
)
_SAFE_NUMPY_TYPES = _words(
    "dtype ndarray matrix recarray bool_ bool int8 int16 int32 int64 intc intp uint8 uint16 uint32 uint64 "
    "uintp float16 float32 float64 longdouble complex64 complex128 str_ bytes_ object_ void datetime64 "
    "timedelta64"
)


def judge(module: str, name: str) -> ScanSeverity | None:
    """How grave it is that a pickle names `module.name`: None for what models need, WARNING for what is unknown."""
    module = _OLD_MODULES.get(module, module)
    parts = name.split(".")
    if _in_safe_names(module, name):
        return None
    if _under(module, _DANGEROUS_MODULES) or parts[0] in _DANGEROUS_NAMES.get(module, ()):
        return ScanSeverity.CRITICAL
    if name in _DANGEROUS_NAMES.get(module, ()):
        return ScanSeverity.CRITICAL
    if len(parts) > 1 and any(part in _DANGEROUS_MODULES or part.startswith("__") for part in parts):
        return ScanSeverity.CRITICAL  # a harmless module's attribute that leads to a dangerous one: torch, "os.system"
    if name.startswith("__") and module != "copyreg":
        return ScanSeverity.CRITICAL
    if len(parts) == 1 and _under(module, _SAFE_MODULES) and name not in _DANGEROUS_MODULES:
        return None
    return ScanSeverity.WARNING


def _in_safe_names(module: str, name: str) -> bool:
    if name in _SAFE_NAMES.get(module, ()) or (module == "numpy" and name in _SAFE_NUMPY_TYPES):
        return True
    return module in ("torch", "torch.cuda") and name.endswith("Storage") and name.isidentifier()


def _under(module: str, modules: frozenset[str]) -> bool:
    """Whether the module or a package it is in is one of `modules`."""
    while module:
        if module in modules:
            return True
        module = module.rpartition(".")[0]
    return False


def dangerous_module_names() -> tuple[str, ...]:
    """The modules never to be named, for searches by pattern."""
    return tuple(sorted(_DANGEROUS_MODULES | {"builtins", "__builtin__", "functools"}))
