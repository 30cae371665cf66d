# The commands of a day's work. Each may be run again at any time, from any path, as root or not.
#
#   make demo      install what it needs, build, and release the example project for real
#   make check     install what it needs, build with sanitizers, run every test
#   make build     build/slipway
#   make install   DESTDIR and PREFIX are honoured
#   make format    lay the C files out anew
#   make lint      clang-format, clang-tidy, cppcheck, clang's warnings: all must be silent
#   make bench     measure
#   make fault-all every fault at every call of a release at each forge: an hour
#   make fuzz      look for inputs that break a parser, SECONDS=60 for each

PREFIX ?= /usr/local
DESTDIR ?=
# Of debugging information a report of a test needs the line numbers, and no more.
LINES = -Ddebug=false -Dc_args=-g1 -Dcpp_args=-g1
SANITIZE = -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 $(LINES)
FAULT = -Dfault_points=true -Dwerror=true
TESTS = -Dtests=true $(FAULT)

MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
.DEFAULT_GOAL := build
.PHONY: build demo check install format lint bench fault-all fuzz clean

build:
	@tools/compile build "-Dprefix=$(PREFIX)"

demo:
	@tools/install-deps demo
	@tools/compile build "-Dprefix=$(PREFIX)"
	@tools/demo

check:
	@tools/install-deps check
	@tools/compile build-check $(SANITIZE) $(TESTS)
	@tools/compile build-fault $(FAULT) $(LINES)
	@tests/run

install:
	@tools/compile build "-Dprefix=$(PREFIX)"
	@DESTDIR="$(DESTDIR)" meson install -C build --no-rebuild

format:
	@tools/format

lint:
	@tools/install-deps lint
	@tools/lint

fault-all:
	@tools/install-deps check
	@tools/compile build-check $(SANITIZE) $(TESTS)
	@tools/compile build-fault $(FAULT) $(LINES)
	@FAULT_ALL=1 tests/run fault

bench:
	@tools/compile build "-Dprefix=$(PREFIX)"
	@ninja -C build --quiet tests/bench-nothing tests/bench-docs tests/bench-forge
	@tests/bench/run

SECONDS ?= 60
fuzz:
	@tools/install-deps fuzz
	@CC=clang CXX=clang++ tools/compile build-fuzz $(SANITIZE) -Dfuzz=true
	@tests/fuzz/run build-fuzz $(SECONDS)

clean:
	@rm -rf build build-check build-fault build-lint build-fuzz
