#!/bin/sh
# Takes from an installation what serving never reads, and compiles the rest: slim.sh VENV
# Wants `strip` of Debian's binutils. What is taken is said in docs/image.md.
set -eu
venv=${1:?the virtual environment}
packages=$(echo "$venv"/lib/python3*/site-packages)

"$venv/bin/pip" uninstall --yes --quiet setuptools pip
find "$venv" \( -name tests -o -name testing_data \) -type d -prune -exec rm -rf {} +
find "$venv" \( -name '*.pyi' -o -name '*.h' -o -name '*.a' -o -name '*.pyx' -o -name '*.pxd' \) \
  -type f -delete
rm -r "$packages"/cv2/data              # face detectors of old
rm "$packages"/onnxruntime/capi/libonnxruntime.so.*   # for C; Python's binding has its own copy
# What prepares models, builds extensions and tests databases: no part of it is imported in serving.
for unused in onnxruntime/transformers onnxruntime/quantization onnxruntime/tools \
  numpy/distutils numpy/f2py sqlalchemy/testing alembic/testing pygments/formatters; do
  rm -r "${packages:?}/$unused"
done
rm "$packages"/numpy/_core/_simd.*.so   # what numpy's own tests test its vector code with
# Grammars and colours of source code, imported when asked for: rich's, and nobody asks.
rm "$packages"/pygments/lexers/[!_]*.py "$packages"/pygments/styles/[!_]*.py
# Names for debuggers: 12 of the 14 MB of uvloop. Not where a wheel brings libraries of its own
# (NAME.libs): `strip` breaks what was moved there.
find "$packages" -name '*.libs' -prune -o -name '*.so' -type f -print | while read -r file; do
  objdump --private-headers "$file" | grep -q 'RUNPATH\|RPATH' || strip --strip-unneeded "$file"
done
# Byte code is never written at run time (the root file system is read-only) and never compared
# with its source, which saves a look at every file of a start.
python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash "$venv/lib"
