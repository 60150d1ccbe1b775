"""Ordinary video files through OpenCV: 8-bit after gain control, so always relative."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import CameraError
from onboard.camera.frame import CameraOptions, Radiometry
from onboard.camera.picture import Picture
from onboard.camera.plausible import check_shape

MAX_FPS = 1000.0


def read_video(path: Path, options: CameraOptions) -> Iterator[Picture]:
    """Yield the pictures of a video; `options.fps` stands above the file's rate."""
    if options.radiometry not in (None, Radiometry.AGC):
        raise CameraError(f"{path}: 8-bit video cannot be {options.radiometry}, only relative")
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise CameraError(f"{path}: no picture, clip or video OpenCV can open")
        told = capture.get(cv2.CAP_PROP_FPS)
        fps = options.fps or (told if 0 < told <= MAX_FPS else None)
        count = 0
        while (pixels := _next(capture)) is not None:
            check_shape(pixels.shape[1], pixels.shape[0], str(path))
            after_s = None if fps is None else count / fps
            yield Picture(pixels, Radiometry.AGC, "video", "8-bit video", None, after_s)
            count += 1
        if not count:
            raise CameraError(f"{path}: truncated or damaged: no picture of the video decodes")
    finally:
        capture.release()


def _next(capture: cv2.VideoCapture) -> NDArray[np.uint8] | None:
    good, picture = capture.read()
    return grey(picture) if good else None


def grey(picture: np.ndarray) -> NDArray[np.uint8]:
    """(H, W) uint8 of whatever 8-bit layout OpenCV delivered."""
    if picture.ndim == 3 and picture.shape[2] == 3:
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    elif picture.ndim == 3:
        picture = picture[:, :, 0]
    return np.ascontiguousarray(picture, dtype=np.uint8)
