"""How a training is set up that learns within seconds."""

from cxr.lab.train.fit_settings import FitSettings


def tiny_fit(epochs: int) -> FitSettings:
    """Settings for some 24 films of 64 pixels, which random weights see."""
    return FitSettings(
        epochs=epochs,
        batch_size=8,
        learning_rate=2e-3,
        size=64,
        averaging=0.5,
        bfloat16=False,
        steps=3,
        coarse=0,
        fine=1,
        focus=0.5,
        lungs=0.3,
        grey_levels=("equalised",),
    )
