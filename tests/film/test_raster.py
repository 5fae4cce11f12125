import time
import tracemalloc
import zlib
from io import BytesIO

import numpy as np
import pytest
from film_files import picture_file, ramp, refusal
from grey_png import grey_png
from PIL import Image

from cxr.film import FilmErrorCode, read_film
from cxr.film.colour import coloured_pixels

GREY = ramp()


@pytest.mark.parametrize("picture_format", ["PNG", "TIFF", "BMP"])
def test_a_lossless_grey_film_is_read_exactly(picture_format: str) -> None:
    film = read_film(picture_file(Image.fromarray(GREY), picture_format))

    assert film.pixels.dtype == np.uint8
    np.testing.assert_array_equal(film.pixels, GREY)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_compressed_tiff_is_read_exactly(compression: str) -> None:
    data = picture_file(Image.fromarray(GREY), "TIFF", compression=compression)

    np.testing.assert_array_equal(read_film(data).pixels, GREY)


def test_a_grey_jpeg_is_read_as_pillow_decodes_it() -> None:
    data = picture_file(Image.fromarray(GREY), "JPEG", quality=90)

    np.testing.assert_array_equal(read_film(data).pixels, np.asarray(Image.open(BytesIO(data))))


def test_a_lossless_webp_is_read_exactly() -> None:
    data = picture_file(Image.fromarray(GREY).convert("RGB"), "WEBP", lossless=True)

    np.testing.assert_array_equal(read_film(data).pixels, GREY)


def test_a_webp_of_just_under_fifty_megapixels_is_read_in_the_memory_that_a_film_may_take() -> None:
    film = read_film(picture_file(Image.new("RGB", (7000, 7000), (9, 9, 9)), "WEBP", method=0))

    assert film.pixels.shape == (7000, 7000) and film.pixels[0, 0] == 9


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_a_grey_film_stored_in_another_mode_keeps_its_grey_levels(mode: str) -> None:
    data = picture_file(Image.fromarray(GREY).convert(mode), "PNG")

    np.testing.assert_array_equal(read_film(data).pixels, GREY)


def test_a_film_of_one_bit_becomes_black_and_white() -> None:
    film = read_film(picture_file(Image.fromarray(GREY >= 128), "PNG"))

    np.testing.assert_array_equal(film.pixels, np.where(GREY >= 128, 255, 0))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparent_pixels_become_black(mode: str) -> None:
    image = Image.new("L", (200, 160), 200).convert(mode)
    image.putalpha(Image.fromarray(np.repeat([[0, 255]], 160, 0).repeat(100, 1).astype(np.uint8)))

    pixels = read_film(picture_file(image, "PNG")).pixels

    assert (pixels[0, 50], pixels[0, 150]) == (0, 200)


def test_a_transparent_grey_level_becomes_black() -> None:
    pixels = read_film(picture_file(Image.fromarray(GREY), "PNG", transparency=200)).pixels

    assert (pixels[GREY == 200] == 0).all() and (pixels[GREY == 201] == 201).all()


@pytest.mark.parametrize("picture_format", ["PNG", "TIFF"])
def test_a_sixteen_bit_film_keeps_its_depth(picture_format: str) -> None:
    stored = ramp(top=65535, dtype=np.uint16)

    film = read_film(picture_file(Image.fromarray(stored), picture_format))

    assert film.pixels.dtype == np.uint16 and film.pixels.dtype.isnative
    np.testing.assert_array_equal(film.pixels, stored)


def test_a_big_endian_sixteen_bit_tiff_is_read_exactly() -> None:
    stored = ramp(top=65535, dtype=np.uint16)
    image = Image.frombytes("I;16B", (200, 160), stored.astype(">u2").tobytes())

    film = read_film(picture_file(image, "TIFF"))

    np.testing.assert_array_equal(film.pixels, stored)


@pytest.mark.parametrize(
    ("largest", "white"),
    [(4095, 4095), (3000, 4095), (4096, 8191), (255, 255), (100, 255), (40000, 65535)],
)
def test_a_film_of_fewer_than_sixteen_bits_is_stretched_to_the_next_power_of_two(
    largest: int, white: int
) -> None:
    film = read_film(picture_file(Image.fromarray(ramp(top=largest, dtype=np.uint16)), "PNG"))

    assert film.pixels[0, 0] == 0
    assert film.pixels[-1, -1] == round(largest * 65535 / white)


def test_a_black_sixteen_bit_film_stays_black() -> None:
    film = read_film(picture_file(Image.fromarray(np.zeros((160, 200), np.uint16)), "PNG"))

    assert film.pixels.max() == 0


@pytest.mark.parametrize(("dtype", "top", "white"), [(np.uint8, 255, 255), (np.uint16, 4095, 65535)])
def test_a_tiff_whose_zero_is_white_is_inverted(dtype: type, top: int, white: int) -> None:
    black_is_zero, white_is_zero = (b"\x06\x01\x03\x00\x01\x00\x00\x00" + bytes([zero]) for zero in (1, 0))
    data = picture_file(Image.fromarray(ramp(top=top, dtype=dtype)), "TIFF")
    assert data.count(black_is_zero) == 1
    data = data.replace(black_is_zero, white_is_zero)

    pixels = read_film(data).pixels

    assert (pixels[0, 0], pixels[-1, -1]) == (white, 0)


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_a_thirty_two_bit_tiff_is_refused_with_the_remedy(dtype: type) -> None:
    error = refusal(picture_file(Image.fromarray(ramp(top=1, dtype=dtype)), "TIFF"))

    assert error.code is FilmErrorCode.UNSUPPORTED_DEPTH
    assert "8 or 16 bits" in error.sentence


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_the_exif_orientation_is_applied(picture_format: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees clockwise
    image = Image.fromarray(GREY).convert("RGB")

    pixels = read_film(picture_file(image, picture_format, exif=exif)).pixels

    assert pixels.shape == (200, 160)
    assert pixels[0, -1] < 10 and pixels[-1, 0] > 245


def test_a_cmyk_jpeg_of_a_grey_film_is_read() -> None:
    data = picture_file(Image.fromarray(GREY).convert("RGB").convert("CMYK"), "JPEG", quality=95)
    assert Image.open(BytesIO(data)).mode == "CMYK"
    pixels = read_film(data).pixels

    assert np.abs(pixels.astype(int) - GREY).max() <= 8


def test_a_grey_film_with_the_chroma_noise_of_jpeg_passes() -> None:
    noise = np.random.default_rng(0).normal(0, 5, (160, 200, 3))
    noisy = np.clip(GREY[..., None] + noise, 0, 255).astype(np.uint8)
    data = picture_file(Image.fromarray(noisy), "JPEG", quality=60)

    assert read_film(data).pixels.shape == (160, 200)


def test_a_colour_photograph_is_refused_as_coloured() -> None:
    photograph = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=2)

    error = refusal(picture_file(Image.fromarray(photograph), "JPEG"))

    assert error.code is FilmErrorCode.COLOUR and "%" in error.sentence


@pytest.mark.parametrize(("spread", "is_film"), [(24, True), (25, False)])
def test_a_bluish_scan_passes_up_to_a_spread_of_24_levels(spread: int, is_film: bool) -> None:
    tinted = np.full((160, 200, 3), 100, np.uint8)
    tinted[..., 2] += spread
    data = picture_file(Image.fromarray(tinted), "PNG")

    if is_film:
        assert read_film(data).pixels[0, 0] == round(100 + 0.114 * spread)
    else:
        assert refusal(data).code is FilmErrorCode.COLOUR


@pytest.mark.parametrize(("rows", "is_film"), [(3, True), (4, False)])
def test_coloured_notes_pass_on_less_than_2_percent_of_a_film(rows: int, is_film: bool) -> None:
    noted = np.full((200, 200, 3), 100, np.uint8)
    noted[:rows] = (255, 0, 0)
    assert coloured_pixels(Image.fromarray(noted)) == 200 * rows
    data = picture_file(Image.fromarray(noted), "PNG")

    if is_film:
        assert read_film(data).pixels[-1, 0] == 100
    else:
        assert refusal(data).code is FilmErrorCode.COLOUR


@pytest.mark.parametrize("side", [127, 128])
def test_a_film_has_at_least_128_pixels_on_each_side(side: int) -> None:
    data = picture_file(Image.new("L", (400, side)), "PNG")

    if side == 128:
        assert read_film(data).pixels.shape == (128, 400)
    else:
        error = refusal(data)
        assert error.code is FilmErrorCode.TOO_SMALL
        assert "400 x 127" in error.sentence and "128" in error.sentence


# Above the limit, above where Pillow warns, above where Pillow refuses.
@pytest.mark.parametrize("side", [7072, 10_000, 30_000])
def test_a_huge_png_is_refused_at_once_and_in_little_memory(side: int) -> None:
    data = grey_png(side, side, zlib.compress(b""))
    refusal(data)
    tracemalloc.start()
    start = time.thread_time()

    error = refusal(data)

    seconds, peak_bytes = time.thread_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.code is FilmErrorCode.TOO_MANY_PIXELS
    assert "50 megapixels" in error.sentence
    assert seconds < 0.1 and peak_bytes < 1_000_000


def test_a_film_of_just_under_fifty_megapixels_is_decoded() -> None:
    assert refusal(grey_png(7071, 7071, zlib.compress(b""))).code is FilmErrorCode.DAMAGED


@pytest.mark.parametrize(
    ("picture_format", "words"),
    [("PNG", "animation"), ("WEBP", "animation"), ("TIFF", "more than one image")],
)
def test_an_animation_and_a_file_of_several_pages_are_named(picture_format: str, words: str) -> None:
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]

    error = refusal(picture_file(frames[0], picture_format, save_all=True, append_images=frames[1:]))

    assert error.code is FilmErrorCode.MULTIPLE_IMAGES and words in error.sentence


@pytest.mark.parametrize("frames", [1, 2])
def test_a_gif_is_no_film(frames: int) -> None:
    pages = [Image.fromarray(GREY), Image.fromarray(255 - GREY)][:frames]

    error = refusal(picture_file(pages[0], "GIF", save_all=True, append_images=pages[1:]))

    assert error.left_out and error.kind == "GIF picture"


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_cut_short_is_damaged(picture_format: str, share: float) -> None:
    texture = np.random.default_rng(0).integers(0, 256, (160, 200), dtype=np.uint8)
    data = picture_file(Image.fromarray(texture), picture_format)

    assert refusal(data[: int(len(data) * share)]).code is FilmErrorCode.DAMAGED


def test_a_png_whose_pixels_were_altered_is_damaged() -> None:
    data = bytearray(picture_file(Image.fromarray(GREY), "PNG"))
    data[len(data) // 2] ^= 0xFF

    assert refusal(bytes(data)).code is FilmErrorCode.DAMAGED


def test_a_postscript_file_is_never_opened() -> None:
    error = refusal(picture_file(Image.fromarray(GREY), "EPS"))

    assert error.code is FilmErrorCode.NOT_A_FILM
    assert "PostScript" in error.sentence


def test_no_other_decoder_opens_what_was_recognised_as_a_tiff() -> None:
    photo_cd = b"II*\x00" + bytes(2044) + b"PCD_" + bytes(97 * 2048 + 768 * 512 * 3)

    error = refusal(photo_cd)

    assert error.code is FilmErrorCode.DAMAGED
    assert "begins like a TIFF" in error.sentence
