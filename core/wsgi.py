"""What a WSGI server loads: `gunicorn core.wsgi:app`."""

from core.app import create_app
from core.memory import staying

with staying():
    app = create_app()
