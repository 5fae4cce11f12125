"""The film viewer: a Streamlit component of our own, and the route that brings it full-size films."""
