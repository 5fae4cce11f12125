"""How a training is set up that learns within seconds."""

from cxr.lab.train.fit import FitSettings


def tiny_fit(epochs: int) -> FitSettings:
    """Settings for some 24 films: they learn nothing where most frames are strange and lungs hidden."""
    return FitSettings(
        epochs=epochs,
        batch_size=8,
        learning_rate=2e-3,
        size=64,
        averaging=0.5,
        bfloat16=False,
        swapped_frames=0,
        hidden_lungs=0.1,
        silence=0,
    )
