/* The packages of a project and how each is built: `packages:` of slipway.yaml or, without it, what the manifests say. It reads the work tree and writes
 * nothing.
 *
 * One kind, one file, one row in builders.def. */
#pragma once

#include "project/world.h"

typedef struct BuilderKind BuilderKind;

/* One package, ready to be planned. Words and patterns may hold {out}, {name} and {version} until builder_recipes is done; then only {out} is left. */
typedef struct {
    char *name; /* among the project's packages; stands in the ids of effects: [A-Za-z0-9][A-Za-z0-9._-]* */
    const BuilderKind *kind;
    char *directory;   /* relative to the top of the tree; "": the top */
    json_t *settings;  /* packages.NAME; an empty object where it was detected */
    char *package;     /* what its manifest calls it; NULL: it says nothing */
    char *version;     /* the release's, as its manifest writes it */
    json_t *run;       /* words; an empty array: nothing is run (archive) */
    json_t *expect;    /* file name patterns, one for each file */
    json_t *env;       /* object */
    json_t *pass;      /* names of variables that its build gets of this environment */
    json_t *kinds;     /* of which kinds of package (package_kind) exactly one file is made */
    json_t *generated; /* globs of paths in its source archive that no commit has, beyond those that every package of its kind has */
    char *python;      /* the interpreter that it is tried with; NULL: it is not for Python */
    gint64 timeout;
    const char *untried; /* why it cannot be installed from its file alone; static; NULL: it can be tried */
    bool source;         /* one of its files is an archive of sources, to be compared with the tree */
    bool normalise;      /* its .tar.gz is written anew */
    GError *problem;     /* why it cannot be built here; NULL: nothing is known against it */
} Recipe;
void recipe_free(Recipe *recipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recipe, recipe_free)

typedef struct {
    const World *world;
    const Version *version; /* that is built */
    const char *written;    /* the same as the project's manifests write it */
} BuilderWish;

struct BuilderKind {
    const char *name;
    const char *doc;
    /* Adds the packages of this kind that the manifests tell of, each with its directory and package. NULL: never by itself. */
    void (*detect)(const BuilderWish *wish, GPtrArray *recipes);
    /* Fills run, expect and the rest; name, directory and settings are there. What stands in the way becomes the recipe's problem. */
    void (*plan)(const BuilderWish *wish, Recipe *recipe);
};

/* All packages, in a stable order: as the kinds stand in the table and then by path, or as slipway.yaml has them. Of Recipe*. Error CONFIG for rows that say
 * nothing sensible. */
GPtrArray *builder_recipes(const BuilderWish *wish, GError **error);
const BuilderKind *const *builder_kinds(void); /* NULL-ended */
