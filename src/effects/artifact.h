/* What the kinds about artifacts, checks and releases share: files named in a plan, references shown to people. */
#pragma once

#include "base/beneath.h"
#include "effects/repository.h"

/* One member of a `files` parameter: [{name, size, sha256}]. Borrowed from the parameter. */
typedef struct {
    const char *name;
    const char *sha256;
    guint64 size;
} EffectsFile;

/* The member at `index`; PLAN_BROKEN when it is not one, or its name is not the plain name of a file. */
bool effects_file(const json_t *files, gsize index, EffectsFile *file, GError **error);
/* New reference. */
json_t *effects_file_json(const char *name, guint64 size, const char *sha256);
/* Is folder/name a regular file with that digest? A missing file is not. */
bool effects_file_is_there(const char *folder, const EffectsFile *file);
/* The same for every one; NOT_VERIFIED names the first that is not. */
bool effects_files_are_there(const char *folder, const json_t *files, GError **error);
/* Of a copy: a program stays one, whatever the umask was. */
mode_t effects_file_mode(const char *path);
#define EFFECTS_SUMS "SHA256SUMS"

/* A parameter for people: a string as it is, a reference as <effect.field>, a list of files as their names, else its JSON. Never NULL. g_free. */
char *effects_shown(const json_t *value);
char *effects_shown_member(const json_t *params, const char *key);
/* Words of a command as a person would type them; {"run": […]}. g_free. */
char *effects_shown_words(const json_t *words);

/* Every path of a plan goes through one of these, whoever wrote the plan: nothing else makes a Beneath of a parameter, and what is written or removed is one
 * of the run, but for what a release commits (write-files) and where `slipway build` puts its files. UNTRUSTED_PATH, PLAN_BROKEN. `what`: for messages. */
Beneath *effects_place_of_run(EffectRun *run, const json_t *value, const char *what, GError **error);
Beneath *effects_place_of_tree(EffectRun *run, const json_t *value, const char *what, GError **error);
/* To be read, and for a program to start in: of the run, or of the tree, its top included. */
Beneath *effects_place(EffectRun *run, const json_t *value, const char *what, GError **error);
/* The same of a parameter, as an absolute path. g_free. */
char *effects_path(EffectRun *run, const char *key, GError **error);

/* For kinds that only look. */
bool effects_undo_nothing(EffectRun *run, GError **error);
