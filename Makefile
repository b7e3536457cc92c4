# entity_screen: see README.md.  The two commands for newcomers are
# "make demo" and "make check"; everything else is PGXS as usual.

here := $(patsubst %/,%,$(dir $(abspath $(firstword $(MAKEFILE_LIST)))))

EXTENSION = entity_screen
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" \
	$(here)/entity_screen.control)

MODULE_big = entity_screen
PURE_OBJS = \
	src/normalize/acronym.o src/normalize/compound.o src/normalize/decode.o src/normalize/edit.o \
	src/normalize/fold.o src/normalize/form.o src/normalize/homoglyph.o src/normalize/sound.o \
	src/normalize/icu.o src/normalize/normalize.o src/normalize/split.o \
	src/normalize/tag.o src/normalize/unspaced.o src/normalize/weigh.o \
	src/normalize/respell.o src/normalize/space.o src/normalize/word.o src/normalize/words.o \
	src/normalize/fold_data.o src/normalize/word_data.o \
	src/type/packed_name.o \
	src/match/address.o src/match/align.o src/match/brief.o \
	src/match/contradict.o src/match/gram.o src/match/initials.o \
	src/match/key.o src/match/similarity.o
OBJS = $(PURE_OBJS) src/module.o \
	src/type/compare.o src/type/entity_name.o src/type/entity_query.o \
	src/match/explain.o src/match/operator.o \
	src/index/estimate.o src/index/gin.o \
	$(patsubst $(here)/%.c,%.o,$(sort $(wildcard $(here)/src/join/*.c \
		$(here)/src/list/*.c $(here)/src/screen/*.c)))

SQL_PARTS = $(sort $(wildcard $(here)/src/sql/[0-9]*.sql))
DATA_built = entity_screen--$(EXTVERSION).sql
DATA = $(wildcard $(here)/src/sql/upgrade/entity_screen--*.sql)
HEADERS_entity_screen = src/entity_screen.h

# XML lists only where the server reads them
REGRESS = $(filter-out $(if $(shell grep -s '^.define USE_LIBXML' \
	$$($(PG_CONFIG) --includedir-server)/pg_config.h),,list_xml), \
	$(patsubst $(here)/sql/%.sql,%,$(sort $(wildcard $(here)/sql/*.sql))))
REGRESS_OPTS = --inputdir=$(here) --encoding=UTF8 --no-locale
TAP_TESTS = 1
PROVE_TESTS = $(here)/test/t/*.pl

PG_CPPFLAGS = -I$(here)/src -I$(here)/src/normalize \
	-DEXTENSION_VERSION='"$(EXTVERSION)"' \
	$(shell pkg-config --cflags icu-uc 2>/dev/null)
# The headers of PostgreSQL have unused parameters of their own.
# Those of 19 ask for what C11 does not have where the compiler knows it.
PG_CFLAGS = $(if $(filter 15 16 17 18,$(MAJORVERSION)),-std=gnu11) \
	-Wno-unused-parameter
SHLIB_LINK = $(shell pkg-config --libs icu-uc 2>/dev/null)
EXTRA_CLEAN = src/normalize/fold_data.c src/normalize/word_data.c \
	src/normalize/generate_fold src/normalize/generate_words \
	src/*/*.bc src/built_for log tmp_check test/property/bound test/property/order \
	test/property/digest test/property/digest_scalar \
	test/property/digest_native \
	test/quality/measure test/quality/score test/property/changed \
	test/bench/count

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

# The project's own commands do their set-up themselves and need no PGXS,
# which has a "check" that refuses.
OWN_GOALS = check demo bench quality fuzz sanitize matrix coverage release-check dist report

ifneq ($(filter $(OWN_GOALS),$(MAKECMDGOALS)),)
.PHONY: $(OWN_GOALS)
check:
	@$(here)/test/check

demo:
	@$(here)/test/with_server $(here)/test/demo

bench:
	@$(here)/test/with_server $(here)/test/bench/bench

# The zip of a release, from what is committed.
dist:
	@mkdir -p $(here)/dist
	git -C $(here) archive --format=zip \
		--prefix=entity_screen-$(EXTVERSION)/ \
		-o $(here)/dist/entity_screen-$(EXTVERSION).zip HEAD
	@echo dist/entity_screen-$(EXTVERSION).zip

# make report DB='connection string': one page about that database; without
# DB about the demonstration.
report:
ifdef DB
	@$(here)/report/entity_screen_report '$(DB)' \
		>$(or $(OUT),entity_screen_report.html)
	@echo $(or $(OUT),entity_screen_report.html)
else
	@$(MAKE) -s demo | tail -1
endif

# make quality: every measure of the score; with PAIRS=file.csv or LIST=names
# BENIGN=names on files of your own; ABLATION=1 with each rule switched off.
quality:
	@$(MAKE) -s with_llvm=no test/quality/score
	@PAIRS="$(PAIRS)" LIST="$(LIST)" BENIGN="$(BENIGN)" LISTED="$(LISTED)" \
		SOUGHT="$(SOUGHT)" SCORE="$(CURDIR)/test/quality/score" \
		$(here)/test/quality/$(if $(ABLATION),ablation,quality)

fuzz:
	@$(here)/test/fuzz/fuzz

sanitize:
	@$(here)/test/sanitize

matrix:
	@$(here)/test/matrix

coverage:
	@$(here)/test/coverage

# All of these, once before a release; hours.
release-check:
	@$(here)/test/release_check

else ifneq ($(wildcard $(PGXS)),)
include $(PGXS)

# A build outside the source tree has no folders for the objects yet.
$(shell mkdir -p $(sort $(dir $(OBJS))))

# Objects made for one PostgreSQL are made again for another.
BUILT_FOR := $(shell $(PG_CONFIG) --version) $(shell $(PG_CONFIG) --includedir-server)
$(shell [ "$$(cat src/built_for 2>/dev/null)" = "$(BUILT_FOR)" ] || \
	echo "$(BUILT_FOR)" >src/built_for)
$(OBJS): src/built_for

# Tables are compiled by a program of their own, in two steps: the word
# tables are folded by the code that the character tables made.
NORMALIZE = $(here)/src/normalize
TABLE_DIR = $(NORMALIZE)/tables
TABLES = $(wildcard $(TABLE_DIR)/*.txt)
GENERATE = $(CC) -O1 -std=gnu11 $(PG_CPPFLAGS)

GENERATE_FOLD_SOURCES = $(NORMALIZE)/generate_fold.c $(NORMALIZE)/generate.c

src/normalize/generate_fold: $(GENERATE_FOLD_SOURCES) \
	$(NORMALIZE)/generate.h $(NORMALIZE)/tables.h
	@mkdir -p $(@D)
	$(GENERATE) -o $@ $(GENERATE_FOLD_SOURCES)

src/normalize/fold_data.c: src/normalize/generate_fold $(TABLES)
	$< $(TABLE_DIR) >$@.tmp && mv $@.tmp $@

GENERATE_WORDS_SOURCES = $(NORMALIZE)/generate_words.c \
	$(NORMALIZE)/generate.c $(NORMALIZE)/decode.c $(NORMALIZE)/edit.c \
	$(NORMALIZE)/fold.c $(NORMALIZE)/icu.c $(NORMALIZE)/split.c \
	$(NORMALIZE)/respell.c $(NORMALIZE)/sound.c $(NORMALIZE)/unspaced.c \
	$(NORMALIZE)/words.c src/normalize/fold_data.c

src/normalize/generate_words: $(GENERATE_WORDS_SOURCES) \
	$(NORMALIZE)/generate.h $(NORMALIZE)/steps.h $(NORMALIZE)/tables.h
	$(GENERATE) -o $@ $(GENERATE_WORDS_SOURCES) $(SHLIB_LINK)

src/normalize/word_data.c: src/normalize/generate_words $(TABLES)
	$< $(TABLE_DIR) >$@.tmp && mv $@.tmp $@

$(OBJS): $(wildcard $(here)/src/*.h $(here)/src/*/*.h)

$(DATA_built): $(SQL_PARTS) $(here)/entity_screen.control
	@printf '%s\n' '\echo Use "CREATE EXTENSION entity_screen" to load this file. \quit' >$@.tmp
	cat $(SQL_PARTS) >>$@.tmp && mv $@.tmp $@

# For maintainers of the weight tables: see its head.
test/quality/measure test/quality/score: test/quality/%: \
	$(here)/test/quality/%.c $(PURE_OBJS)
	@mkdir -p $(@D)
	$(CC) -O2 -std=gnu11 $(PG_CPPFLAGS) -o $@ $^ $(LDFLAGS) $(SHLIB_LINK) -lm

# Instructions of the scorer, the normalizer and an index search, see
# test/bench/counts.
.PHONY: bench-counts
bench-counts: test/bench/count
	@$(here)/test/bench/counts $(CURDIR)/$<

test/bench/count: $(here)/test/bench/count.c $(PURE_OBJS)
	@mkdir -p $(@D)
	$(CC) -O2 -std=gnu11 $(PG_CPPFLAGS) -o $@ $^ $(LDFLAGS) $(SHLIB_LINK)

# The index bound on random pairs, the order of scores, and what the rules
# make of names of every script, without a server.
PROPERTIES = test/property/bound test/property/order test/property/digest
$(PROPERTIES): test/property/%: $(here)/test/property/%.c \
	$(here)/test/property/found.h $(PURE_OBJS)
	@mkdir -p $(@D)
	$(CC) -O2 $(COPT) -std=gnu11 $(PG_CPPFLAGS) -o $@ $(filter-out %.h,$^) \
		$(LDFLAGS) $(SHLIB_LINK)

# The same rules as another compilation makes them: nothing put into vectors,
# and everything that this machine has.
PURE_SOURCES = $(PURE_OBJS:.o=.c)
test/property/digest_scalar: VARIANT = -O0 -fno-tree-vectorize
test/property/digest_native: VARIANT = -O3 -march=native
test/property/digest_scalar test/property/digest_native: \
	$(here)/test/property/digest.c $(PURE_OBJS)
	@mkdir -p $(@D)
	$(CC) $(VARIANT) -std=gnu11 $(PG_CPPFLAGS) -o $@ $< \
		$(foreach source,$(PURE_SOURCES),$(firstword \
		$(wildcard $(source) $(here)/$(source)))) $(SHLIB_LINK)

# A library whose normalizer reads one letter differently, for the test of
# what an upgrade leaves behind.
CHANGED_VERSION = $(shell sed -n \
	's/^\#define ENTITY_SCREEN_NORMALIZER_VERSION //p' \
	$(NORMALIZE)/normalize.h | awk '{ print $$1 + 1 }')

test/property/changed/entity_screen.so: $(OBJS)
	@rm -rf $(@D) && mkdir -p $(@D)
	$(MAKE) -s -C $(@D) -f $(here)/Makefile VPATH=$(here) PG_CONFIG=$(PG_CONFIG) \
		with_llvm=no COPT="$(COPT) -DCHANGED_READING \
		-DENTITY_SCREEN_NORMALIZER_VERSION=$(CHANGED_VERSION)" entity_screen.so

# What test/fuzz builds with compilers and flags of its own.
.PHONY: print-pure
print-pure:
	@echo $(PURE_OBJS)

else
all install:
	@$(here)/test/setup
	@$(MAKE) $@
endif
