# The page for those who host it themselves.
#
#   docker build -t vl-preflight .
#   docker run --rm -p 127.0.0.1:7860:7860 vl-preflight --allow-open --allowed-host localhost   # this machine only
#   docker run --rm -p 7860:7860 -v ./users:/users:ro vl-preflight --auth-file /users   # for others, with passwords
#
# With a Qwen-VL model in the container (a large image; add `--gpus all` to `docker run` for a graphics card):
#
#   docker build -t vl-preflight-local --build-arg EXTRA=local .
FROM python:3.11-slim

# poppler is the second renderer; the fonts draw Chinese that a PDF doesn't bring along.
RUN apt-get update \
 && apt-get install -y --no-install-recommends fonts-noto-cjk poppler-utils \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --requirement requirements.txt

COPY pyproject.toml README.md LICENSE ./
COPY toolkit toolkit
COPY prompts prompts
COPY demo demo
ARG EXTRA=""
RUN pip install --no-cache-dir ".${EXTRA:+[$EXTRA]}"

# Documents are hostile: nothing here runs as root, and visitors' files lie in a folder of their own.
RUN useradd --create-home --home-dir /srv/preflight preflight
USER preflight
WORKDIR /srv/preflight
ENV HF_HOME=/srv/preflight/models
EXPOSE 7860
HEALTHCHECK --interval=30s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/', timeout=5)"]

# In a container the page must listen on every address. It refuses to start until it is told who may come:
# `--auth-file`, or `--allow-open` where `-p 127.0.0.1:…` keeps others out; `--allowed-host` keeps out web pages
# that have their own name point at this machine.
ENTRYPOINT ["python", "-m", "demo", "--host", "0.0.0.0"]
