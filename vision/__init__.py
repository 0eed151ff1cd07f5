"""Run-time analysis of listing photos: decode, rooms, objects, people, quality, privacy, report.

    from vision.checker import PhotoChecker
    report = PhotoChecker.load().check(photos, home)

Needs onnxruntime, numpy, opencv and pillow; never torch or ultralytics.
"""
