"""Run-time analysis of listing photos: decode, rooms, objects, people, quality, privacy, report.

    from vision.checker import PhotoChecker
    report = PhotoChecker.load().check(photos, home)

Needs onnxruntime, numpy, opencv and pillow; never torch or ultralytics.
"""

import os

# ONNX Runtime on Linux writes an identifier of the machine below the home folder when it is
# imported, and sends its makers what it runs. Nothing leaves this machine unasked.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
