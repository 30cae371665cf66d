/* Proofs: that a gate passed, kept below state_dir/proofs/ as KEY.json with its log (KEY.log) and its tests (KEY.tests, where it has reports), under a key of
 * all that decides it: its name, words, folder, environment and what it accepts, its inputs (effects/inputs.h), its tool (effects/tool.h) and slipway itself.
 * What cannot be read, or whose log is gone, proves nothing.
 *
 * `params` are those of a gate (the kind `process`). */
#pragma once

#include "engine/effect.h"

/* The key under which a gate's proof is, for a work tree and a commit (see effects/inputs.h). NULL: it cannot be proven in advance. g_free. */
char *effects_proof_key(const json_t *params, const char *tree, const char *commit);
/* {at, log, mark, result}, or NULL: there is none. New reference. */
json_t *effects_proof_find(const char *state_dir, const char *key);
/* Records that a gate passed; `result` is the effect's, `files` (NULL-ended) are its log and what else is kept with it: the first is the log. */
bool effects_proof_record(const EffectSite *site, const char *key, const json_t *result, const char *const *files, GError **error);
/* For people: "proven at 2026-11-25T13:00:00Z, log …". g_free. */
char *effects_proof_text(const json_t *proof);
/* From now on, in this process, no proof counts (`--no-cache` of a run whose plan is made already). */
void effects_proofs_ignore(void);
