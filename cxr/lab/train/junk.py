"""Films as they must not be scored, made from films that may: what the quality head learns to refuse.

Each maker takes a film, grey levels of shape (size, size), and gives one of the same shape.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from cxr.quality.check import RefusalCode

Film = npt.NDArray[np.uint8]
Random = np.random.Generator
Maker = Callable[[Film, Random], Film]

# A film that is turned by less is still read; training turns films by up to 12 degrees.
SMALLEST_TILT = 35.0
# Shares of a side that are left of a film whose lungs are cut off.
LEFT_OF_SIDE = (0.3, 0.6)


def inverted(film: Film, random: Random) -> Film:
    """Turn black into white."""
    return 255 - film


def upside_down(film: Film, random: Random) -> Film:
    """Stand a film on its head, mirrored or not."""
    return film[::-1] if random.random() < 0.5 else film[::-1, ::-1]


def rotated(film: Film, random: Random) -> Film:
    """Lay a film on its side, or tilt it far."""
    if random.random() < 0.7:
        return np.rot90(film, int(random.choice([1, 3])))
    angle = random.uniform(SMALLEST_TILT, 180 - SMALLEST_TILT) * random.choice([-1, 1])
    size = len(film)
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), angle, random.uniform(0.7, 1))
    return np.asarray(cv2.warpAffine(film, turn, (size, size)), dtype=np.uint8)


def cropped(film: Film, random: Random) -> Film:
    """Cut off so much of one or both sides that a lung, or most of both, is missing."""
    size = len(film)
    height, width = size, size
    shape = random.integers(3)
    if shape != 1:
        height = int(size * random.uniform(*LEFT_OF_SIDE))
    if shape != 0:
        width = int(size * random.uniform(*LEFT_OF_SIDE))
    # From the edge, or a piece of the middle where little is left.
    top = int(random.choice([0, size - height]))
    left = int(random.choice([0, size - width]))
    if max(height, width) < 0.6 * size:
        top, left = int(random.integers(size - height + 1)), int(random.integers(size - width + 1))
    return to_square(film[top : top + height, left : left + width], size)


def several(film: Film, others: Sequence[Film], random: Random) -> Film:
    """Lay out two to six films on one picture, with or without gaps."""
    rows, columns = [(1, 2), (1, 2), (2, 1), (2, 2), (1, 3), (2, 3)][random.integers(6)]
    size, gap = len(film), int(random.choice([0, 2, 6]))
    page = np.full((size, size), random.choice([0, 255]), dtype=np.uint8)
    films = [film, *others]
    height, width = size // rows, size // columns
    for place in range(rows * columns):
        top, left = place // columns * height, place % columns * width
        cell = page[top + gap : top + height - gap, left + gap : left + width - gap]
        one = films[place % len(films)]
        # Whole films with their own aspect ratio, or stretched into their cell.
        cell[:] = np.asarray(Image.fromarray(one).resize(cell.shape[::-1], Image.Resampling.BILINEAR))
    return page


def scrambled(film: Film, random: Random) -> Film:
    """Shuffle the tiles of a film: its texture without its anatomy."""
    tiles = int(random.choice([2, 3, 4, 7]))
    side = len(film) // tiles
    pieces = [
        film[r * side : (r + 1) * side, c * side : (c + 1) * side] for r in range(tiles) for c in range(tiles)
    ]
    order = random.permutation(len(pieces))
    turned = [np.rot90(pieces[i], int(random.integers(4))) for i in order]
    rows = [np.hstack(turned[r * tiles : (r + 1) * tiles]) for r in range(tiles)]
    return to_square(np.vstack(rows), len(film))


def noise(film: Film, random: Random) -> Film:
    """Draw clouds: noise whose power falls with frequency, from white noise to smooth shades."""
    size = len(film)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size))) + 1 / size
    spectrum = np.fft.fft2(random.normal(size=(size, size))) / frequency ** random.uniform(0, 2.5)
    clouds = np.fft.ifft2(spectrum).real
    return _stretched(clouds)


def shapes(film: Film, random: Random) -> Film:
    """Draw round and square things on an even ground: limbs, skulls, phantoms and objects, roughly."""
    size = len(film)
    page = Image.new("L", (size, size), int(random.integers(256)) if random.random() < 0.4 else 0)
    draw = ImageDraw.Draw(page)
    for _ in range(random.integers(1, 9)):
        left, top = random.uniform(-0.2, 0.9, 2) * size
        width, height = random.uniform(0.05, 0.9, 2) * size
        box = (left, top, left + width, top + height)
        paint = [draw.ellipse, draw.rectangle][random.integers(2)]
        outline = int(random.integers(256)) if random.random() < 0.5 else None
        paint(box, fill=int(random.integers(256)), outline=outline, width=int(random.integers(1, 8)))
    drawn = cv2.GaussianBlur(np.asarray(page), (0, 0), float(random.uniform(0.3, 6)))
    grainy = drawn + random.normal(0, random.uniform(0, 12), drawn.shape)
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), float(random.uniform(0, 180)), 1)
    return _grey(cv2.warpAffine(grainy, turn, (size, size)))


def page_of_text(film: Film, random: Random) -> Film:
    """Write a report, a table or a screen, here and there with a film in it."""
    size = len(film)
    paper, ink = (255, 0) if random.random() < 0.6 else (int(random.integers(60)), 230)
    page = Image.new("L", (size, size), paper)
    if random.random() < 0.3:
        small = Image.fromarray(film).resize((size // 2, size // 2))
        page.paste(small, (int(random.integers(size // 2)), int(random.integers(size // 2))))
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(int(random.integers(7, 22)))
    y = int(random.integers(0, 20))
    while y < size:
        words = " ".join(
            "".join(random.choice(list("aeioumnrstlkdbp"), random.integers(2, 9))) for _ in range(8)
        )
        draw.text((int(random.integers(0, 40)), y), words[: random.integers(4, 60)], ink, font)
        y += int(random.integers(10, 34))
    for _ in range(random.integers(0, 5)):
        x0, y0, x1, y1 = sorted(random.integers(0, size, 2)) + sorted(random.integers(0, size, 2))
        draw.rectangle((x0, x1, max(x0, y0), max(x1, y1)), outline=ink)
    return np.asarray(page)


TURNED: dict[RefusalCode, Maker] = {
    RefusalCode.INVERTED: inverted,
    RefusalCode.UPSIDE_DOWN: upside_down,
    RefusalCode.ROTATED: rotated,
    RefusalCode.CROPPED: cropped,
}
"""Films that a person can correct, by the reason for which they are refused."""

UNLIKE: tuple[Maker, ...] = (scrambled, noise, shapes, page_of_text)
"""Pictures that are not chest films."""


def to_square(film: Film, size: int) -> Film:
    """Resize a picture to a square."""
    return np.asarray(Image.fromarray(film).resize((size, size), Image.Resampling.BILINEAR))


def _stretched(levels: npt.NDArray[np.float64]) -> Film:
    low, high = np.percentile(levels, [0.5, 99.5])
    return _grey((levels - low) / (high - low) * 255)


def _grey(levels: npt.ArrayLike) -> Film:
    return np.clip(levels, 0, 255).astype(np.uint8)
