"""Whether a picture that somebody uploads (a logo, a pasted image) can go into documents, asked before it is stored."""

from flask_babel import gettext as _

from . import renderer
from .pdf import LIMITS


class PictureRefused(ValueError):
    """The picture is of another kind or has too many pixels; `str()` says which, for the reader."""


def picture_type(data: bytes, *, max_pixels: int = LIMITS.pixels) -> str:
    """The media type of a PNG, JPEG, GIF or WebP picture, by its content. Looks at the header only: a 70 KB file may unfold to gigabytes.

    Raises PictureRefused for other content and above `max_pixels` (25 million).
    """
    try:
        return renderer.check_image(data, max_pixels)
    except renderer.TooComplex:
        raise PictureRefused(_("This picture has more than %(count)s million pixels.", count=max_pixels // 1_000_000)) from None
    except ValueError:
        raise PictureRefused(_("This is no PNG, JPEG, GIF or WebP picture.")) from None
