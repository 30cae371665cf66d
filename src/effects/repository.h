/* What the kinds that change a repository share. */
#pragma once

#include "engine/effect.h"
#include "git/git.h"

/* The repository of the run, with its mark on every child. No cancel: a git that writes is left to finish, it is short. Free with git_free. */
Git *effects_git(EffectRun *run, GError **error);
/* A parameter as people see it in the plan: the text, or <EFFECT.FIELD> for a reference. g_free. */
char *effects_value(const json_t *params, const char *key);
char *effects_branch_ref(const char *branch); /* "refs/heads/…"; g_free */
/* Where the local branch of the parameter "branch" is; *id is NULL where there is none. false: it cannot be known. g_free both. */
bool effects_find_branch(EffectRun *run, char **ref, char **id, GError **error);
/* A parameter that must be there now. PLAN_BROKEN otherwise. Borrowed. */
const char *effects_text(EffectRun *run, const char *key, GError **error);
/* name, email, when, message of a commit or tag object against the parameters. `object` is what `git cat-file -p` prints. */
bool effects_same_object(const char *object, const char *who_key, const json_t *params);
