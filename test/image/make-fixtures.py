"""Makes the files of fixtures/ and, in expected.json and resize.json, what Pillow reads and resamples.

Run it again only to change them: python3 test/image/make-fixtures.py && npx biome format --write test/image/fixtures
(Pillow with LittleCMS and WebP, NumPy).
"""

import io
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

FOLDER = pathlib.Path(__file__).parent / "fixtures"
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def colors(width, height, channels=3):
    """Smooth, unsymmetric in every direction, with no two channels alike."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [x * 255 // (width - 1), y * 255 // (height - 1), (x * 90 + y * 160) % 256, 255 - (x * 20 + y * 30) % 200]
    return np.stack(planes[:channels], axis=2).astype(np.uint8)


def png(width, height, depth, color_type, data, extra=b"", interlaced=0):
    """A PNG from unfiltered rows, for what Pillow cannot write."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def adam7(pixels):
    """The seven passes of W3C PNG (Third Edition), section 8, each row after filter type 0."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b""
    for left, top, step_x, step_y in passes:
        part = pixels[top::step_y, left::step_x]
        if part.size:
            data += b"".join(b"\0" + row.tobytes() for row in part)
    return data


def adobe_rgb():
    """A matrix profile with the primaries of Adobe RGB (1998), adapted to D50, and gamma 563/256."""

    def xyz(*values):
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(79),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.60974, 0.31111, 0.01947),
        b"gXYZ": xyz(0.20528, 0.62567, 0.06087),
        b"bXYZ": xyz(0.14919, 0.06322, 0.74457),
    }
    gamma = b"curv\0\0\0\0" + struct.pack(">IHH", 1, 563, 0)
    tags.update({b"rTRC": gamma, b"gTRC": gamma, b"bTRC": gamma})
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, offset + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", offset + len(body), b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + table + body


def swapped_primaries():
    """sRGB with red and green exchanged: what the file calls red must be shown green."""
    profile = SRGB.tobytes()
    return profile.replace(b"rXYZ", b"....", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"....", b"gXYZ", 1)


OPTIONS = {"jpg": {"quality": 100, "subsampling": 0, "optimize": True}, "png": {"optimize": True}, "webp": {"lossless": True}}


def make_files():
    small = Image.fromarray(colors(3, 2))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        for extension, options in OPTIONS.items():
            small.save(FOLDER / f"orientation-{orientation}.{extension}", exif=exif, **options)
    red = Image.new("RGB", (4, 4), (255, 0, 0))
    for extension, options in OPTIONS.items():
        red.save(FOLDER / f"swapped-primaries.{extension}", icc_profile=swapped_primaries(), **options)
    Image.fromarray(colors(6, 4)).save(FOLDER / "adobe-rgb.png", icc_profile=adobe_rgb())

    picture = Image.fromarray(colors(10, 7))
    picture.save(FOLDER / "rgb.png")
    picture.save(FOLDER / "rgb.bmp")
    picture.save(FOLDER / "baseline.jpg", quality=90)
    picture.save(FOLDER / "progressive.jpg", quality=90, progressive=True)
    picture.save(FOLDER / "lossy.webp", quality=90)
    picture.save(FOLDER / "lossless.webp", lossless=True)
    picture.convert("L").save(FOLDER / "gray.png")
    picture.convert("L").save(FOLDER / "gray.jpg", quality=95)
    picture.quantize(16).save(FOLDER / "palette.png")
    Image.fromarray(colors(10, 7, 4)).convert("LA").save(FOLDER / "gray-alpha.png")
    Image.fromarray(colors(10, 7, 4)).save(FOLDER / "alpha.png")
    Image.new("CMYK", (8, 8), (200, 40, 10, 60)).save(FOLDER / "adobe-cmyk.jpg", quality=100, optimize=True)
    frames = [Image.new("RGB", (4, 3), color) for color in ("red", "blue")]
    frames[0].save(FOLDER / "animated.gif", save_all=True, append_images=frames[1:], loop=0)
    frames[0].save(FOLDER / "animated.webp", save_all=True, append_images=frames[1:], lossless=True)
    picture.save(FOLDER / "tagged.tiff", compression="tiff_lzw")

    wide = colors(10, 7).astype(">u2") * 257
    (FOLDER / "rgb16.png").write_bytes(png(10, 7, 16, 2, b"".join(b"\0" + row.tobytes() for row in wide)))
    gray = colors(10, 7)[..., 2].astype(">u2") * 257
    (FOLDER / "gray16.png").write_bytes(png(10, 7, 16, 0, b"".join(b"\0" + row.tobytes() for row in gray)))
    (FOLDER / "interlaced.png").write_bytes(png(10, 7, 8, 2, adam7(colors(10, 7)), interlaced=1))


def read(path):
    """Width, height and RGBA bytes in hexadecimal as Pillow and LittleCMS see them: first frame, upright, in sRGB."""
    if path.name == "gray16.png":
        values = colors(10, 7)[..., 2]
        rgba = np.stack([values, values, values, np.full_like(values, 255)], axis=2)
    else:
        image = ImageOps.exif_transpose(Image.open(path))
        profile = image.info.get("icc_profile")
        if profile:
            image = ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), SRGB, renderingIntent=1)
        rgba = np.asarray(image.convert("RGBA"))
    return {"width": rgba.shape[1], "height": rgba.shape[0], "rgba": rgba.tobytes().hex()}


def resized(width, height, new_width, new_height):
    """Pillow's Lanczos of the plane that resize.test.ts makes by the same formula."""
    y, x = np.mgrid[0:height, 0:width]
    plane = ((x * x * 7 + y * 13 + x * y * 5) % 256).astype(np.float32)
    result = np.asarray(Image.fromarray(plane, mode="F").resize((new_width, new_height), Image.LANCZOS))
    values = [round(float(v), 4) for v in result.flatten()]
    return {"from": [width, height], "to": [new_width, new_height], "data": values}


def main():
    FOLDER.mkdir(exist_ok=True)
    make_files()
    paths = sorted(p for p in FOLDER.iterdir() if p.suffix not in (".json", ".tiff"))
    lines = [f"{json.dumps(path.name)}: {json.dumps(read(path), separators=(',', ':'))}" for path in paths]
    (FOLDER / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    shapes = [(13, 7, 5, 3), (5, 3, 13, 7), (9, 9, 9, 4), (9, 4, 2, 4), (1, 1, 4, 3), (17, 11, 1, 1), (31, 2, 7, 5)]
    shapes += [(8, 8, 16, 5), (40, 33, 6, 7), (3, 50, 4, 9), (6, 5, 6, 5)]
    cases = [json.dumps(resized(*shape), separators=(",", ":")) for shape in shapes]
    (FOLDER / "resize.json").write_text("[\n" + ",\n".join(cases) + "\n]\n")


main()
