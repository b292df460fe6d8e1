# Two targets, which differ in the torch that they install:
#   docker build --target cpu  -t liquidlane:cpu  .      torch's CPU wheel
#   docker build --target cuda -t liquidlane:cuda .      PyPI's wheel, which brings CUDA; run it with --gpus all
# Then:
#   docker run --rm --shm-size 1g -v "$PWD/data:/app/data" -v "$PWD/checkpoints:/app/checkpoints" liquidlane:cpu run configs/quick.yaml
# The process inside is user 1000; mounted folders must be writable for it (or add --user "$(id -u):$(id -g)").

FROM python:3.11.14-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    OMP_NUM_THREADS=1 \
    NO_ALBUMENTATIONS_UPDATE=1 \
    NUMBA_CACHE_DIR=/app/data/cache/numba \
    MPLCONFIGDIR=/tmp/matplotlib
WORKDIR /app
RUN useradd --create-home --uid 1000 liquidlane \
    && mkdir -p data checkpoints \
    && chown -R liquidlane:liquidlane /app
COPY requirements.lock ./

FROM base AS cpu
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN pip install --no-cache-dir --extra-index-url "${TORCH_INDEX}" -r requirements.lock
COPY --chown=liquidlane:liquidlane . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
USER 1000
ENTRYPOINT ["liquidlane"]
CMD ["--help"]

FROM base AS cuda
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
RUN pip install --no-cache-dir -r requirements.lock
COPY --chown=liquidlane:liquidlane . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
USER 1000
ENTRYPOINT ["liquidlane"]
CMD ["--help"]
