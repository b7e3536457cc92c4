# The official image of PostgreSQL with entity_screen installed:
#   docker build --build-arg MAJOR=17 -t entity_screen .
# Then, in a database: CREATE EXTENSION entity_screen
ARG MAJOR=17
FROM postgres:${MAJOR} AS build
ARG MAJOR
RUN apt-get update && apt-get install -y --no-install-recommends \
	gcc make pkg-config libicu-dev postgresql-server-dev-${MAJOR}
COPY . /src
RUN make -C /src with_llvm=no && \
	make -C /src with_llvm=no install DESTDIR=/installed

FROM postgres:${MAJOR}
COPY --from=build /installed/ /
