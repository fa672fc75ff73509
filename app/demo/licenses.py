"""Texts of LICENSE files: MIT in full, the others by the short notice that they themselves prescribe."""

MIT = """MIT License

Copyright (c) 2026 Acme ML

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

APACHE_2 = """Copyright 2026 Acme ML

Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance with the
License. You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software distributed under the License is distributed on an
"AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for the specific
language governing permissions and limitations under the License.
"""

_CREATIVE_COMMONS = """{title} (c) 2026 by Acme ML is licensed under {license} International.

To view a copy of this license, visit https://creativecommons.org/licenses/{path}/4.0/
"""


def creative_commons(title: str, license: str) -> str:
    """The notice of a data set under CC-BY-4.0, CC-BY-SA-4.0 or CC-BY-NC-4.0."""
    path = license.removeprefix("CC-").removesuffix("-4.0").lower()
    return _CREATIVE_COMMONS.format(title=title, license=_NAMES[path], path=path)


_NAMES = {
    "by": "Creative Commons Attribution 4.0",
    "by-sa": "Creative Commons Attribution-ShareAlike 4.0",
    "by-nc": "Creative Commons Attribution-NonCommercial 4.0",
}
