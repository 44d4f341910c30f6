"""Makes the exporter's container image: Debian's Python, the pinned requirements, our package. No engine, no root.

The image is two layers, and each is kept in the cache under a key of all that decides its bytes:

    debian ─▶ filesystem ─┬─▶ wheels ─▶ layer   dependencies.tar: Debian's packages and requirements/runtime.txt
                          └─▶ wheels ─▶ layer   application.tar: our package and the list of all packages (SBOM)
                                                     └─▶ archive.py: both, run as the Containerfile says

The Containerfile builds the same two layers by this code, so an image from a build engine holds the same files. How an
image is run (user, entry point, environment) stands in the Containerfile alone and is read from there.
"""
