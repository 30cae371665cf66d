/* What the kinds of packages share. Private to this folder. */
#pragma once

#include "builder/builder.h"

#define BUILDER(stem) extern const BuilderKind builder_kind_##stem;
#include "builder/builders.def"
#undef BUILDER

/* A package that was detected. package may be NULL. Owned by recipes. */
Recipe *builder_found(GPtrArray *recipes, const BuilderKind *kind, const char *directory, const char *package);
/* "DIRECTORY/NAME"; g_free. */
char *builder_path(const Recipe *recipe, const char *name);
/* The manifest in the package's folder; NULL: there is none. */
GBytes *builder_manifest(const BuilderWish *wish, const Recipe *recipe, const char *name);
/* The folder of a path, "" for the top; g_free. */
char *builder_folder(const char *path);
/* In a folder that is not the project's own: tests, examples, vendor. */
bool builder_is_aside(const char *path);
/* Is this tracked file a manifest whose version is the project's? */
bool builder_is_carrier(const World *world, const char *path);
/* The release's version where the manifest carries the project's, else the one it has; as its format writes it. NULL: it cannot be written so; the recipe then
 * has a problem. g_free. */
char *builder_version(const BuilderWish *wish, Recipe *recipe, const char *format, const char *path);
/* The words of its command, NULL-ended. */
void builder_set_run(Recipe *recipe, const char *const *words);
void builder_expect(Recipe *recipe, const char *pattern);
/* Sets a problem PROGRAM_MISSING where the program is not in PATH; fix: how to get it. */
bool builder_needs(const BuilderWish *wish, Recipe *recipe, const char *program, const char *fix);
