"""Heat in a frame: fires in kelvin, signatures by ring contrast.

The detector keeps nothing between frames: the same pixels give the same answer, bit for bit.
"""

from onboard.detect.detector import Detector
from onboard.detect.settings import DetectSettings, FireSettings, SignatureSettings

__all__ = ["DetectSettings", "Detector", "FireSettings", "SignatureSettings"]
