# Recipes for developers; `just` lists them. CONTRIBUTING.md says what to install first.

venv := ".venv/bin/"
lock := "uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command 'just lock'"

_default:
    @just --list

# Install the program, its extras and what the tests need.
install:
    python3 -m venv .venv
    {{venv}}pip install --require-hashes -r tests/requirements.lock
    {{venv}}pip install --no-deps -e .

# Start the app.
app:
    {{venv}}streamlit run app.py

# Run tests: all of them, or `just test tests/triage`.
test *paths:
    OMP_NUM_THREADS=1 {{venv}}python -m pytest -n 3 --dist loadfile {{paths}}

# Check style and types.
lint:
    {{venv}}ruff check .
    {{venv}}ruff format --check .
    {{venv}}mypy

# Fix what can be fixed automatically.
format:
    {{venv}}ruff check --fix .
    {{venv}}ruff format .

# Write the generated parts of the documentation.
docs:
    {{venv}}python tests/generated_docs.py

# Bring the catalogues of translations up to date with the texts in the code.
texts:
    {{venv}}python tests/texts.py

# Write the lock files again after a change of requirements; keeps what is locked.
lock:
    {{lock}} pyproject.toml -o requirements.lock
    {{lock}} pyproject.toml --all-extras -o requirements-all.lock
    {{lock}} pyproject.toml tests/requirements.txt --all-extras -o tests/requirements.lock

# Check vulnerabilities and licences of all that is locked, and write the SBOM.
supply-chain:
    {{venv}}python tests/supply_chain.py

# Fuzz the film readers, guided by coverage: `just fuzz FOLDER 30` for 30 minutes.
fuzz folder minutes="30":
    {{venv}}pip install --quiet atheris==3.0.0
    OMP_NUM_THREADS=1 {{venv}}python tests/fuzz/fuzz_readers.py {{folder}} {{minutes}}

# Run everything that has to pass before a merge.
ci:
    .ci/run
