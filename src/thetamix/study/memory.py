"""How much memory a fit takes: array sizes, and constants that were measured."""

#: Bytes of a process that trains, before it has read anything: Python, torch and numba.
PROCESS = 530e6
#: Bytes for each reading: as stored (4) and accepted (4), its flag, its part, masks, and the target before it is cut.
PER_READING = 15
PER_READING_HELD_BACK = 4
#: Bytes for each value of forcing: as stored, standardised in double and in single precision.
PER_FORCING = 12
#: Bytes for each window, and for each of its targets, while it is built and after.
WINDOW_BUILT, WINDOW_KEPT = (48, 12), (16, 4)
#: The same for each time step of a series that stretches are cut from.
STEP_BUILT, STEP_KEPT = (8, 17), (8, 4)
#: Numbers kept for each step of each sequence and unit of a layer: in a training step, and in a validation pass.
COMPILED_UNITS, TORCH_UNITS = (7.5, 1.4), (15, 3)


def memory(
    *,
    readings: int,
    forcing: int,
    trained: int,
    held_back: int,
    targets: int,
    hidden: int,
    layers: int,
    compiled: bool,
    steps: int,
    validated: int,
    stretches: bool = False,
) -> float:
    """Estimate the largest memory that the process of a fit takes on the processor.

    Measured peaks of fits with one layer to networks of 18,000 and 480,000 readings, with batches of 16 to 2,048
    windows, were within 2 % of it, with up to 1,024 stretches within 21 %.

    Parameters
    ----------
    readings, forcing
        Number of values in the network: of soil moisture, there or not, and of the model's forcing.
    trained, held_back
        Number of windows of both parts; of stretches, the steps of the series that they are cut from.
    targets
        Readings that a window may have.
    hidden, layers
        Units of a layer, and how many there are.
    compiled
        True where a layer is compiled, and not torch's (:func:`thetamix.model.recurrence.compiles`).
    steps
        Of a training batch: sequences times their length.
    validated
        Of a validation batch.
    stretches
        True for sequence-to-many.

    Returns
    -------
    float
        Bytes.
    """
    whole = PROCESS + PER_FORCING * forcing + (PER_READING + PER_READING_HELD_BACK * (held_back > 0)) * readings
    trained_units, validated_units = COMPILED_UNITS if compiled else TORCH_UNITS
    passes = 4 * layers * hidden * max(trained_units * steps, validated_units * validated)
    if stretches:  # few large blocks: what is freed after building is too small for what comes then
        built, kept = (fixed + each * targets for fixed, each in (STEP_BUILT, STEP_KEPT))
        return whole + built * trained + kept * held_back + passes
    built, kept = (fixed + each * targets for fixed, each in (WINDOW_BUILT, WINDOW_KEPT))
    return whole + max(built * trained, kept * trained + built * held_back, kept * (trained + held_back) + passes)
