/* GitHub: github.com, tenants of ghe.com and Enterprise Server, REST version 2022-11-28. Private to the files github*.c.
 *
 * Sources: GitHub's OpenAPI description and documentation of releases; the source of its client gh. What others do otherwise:
 * - A draft has no tag and is not found by it, only by its id or in the list of all; one tag may have several drafts.
 * - What was just made may not be seen for a while: by an id that an answer of this process named, a 404 is waited for and then unknown, never "gone".
 * - An upload that did not end stays as an asset whose state is not "uploaded" and stands in the way of the next.
 *
 * The mark stands in the notes. A draft whose mark a person removed while editing is still this run's where its id is known (forge_github_know): it has the
 * mark that the parameters or the call name, and `draft` and `publish` write it again. */
#pragma once

#include "forge/rest.h"

typedef struct {
    Forge base;
    Rest rest;
    char *project; /* "owner/name" */
    char *repo;    /* "/repos/owner/name": below the API */
    char *url;     /* the repository's page */
    char *mark;    /* this run's; NULL: it was not said */
    GMutex lock;
    GHashTable *known; /* tag → ForgeGithubKnown* */
} ForgeGithub;

/* What answers said of a tag's release. */
typedef struct {
    char *id;       /* NULL: nothing is known */
    char *mark;     /* or NULL */
    gint64 changed; /* µs, monotonic: when an own change of it was answered; 0: none was in this process */
    bool seen;      /* by its id, after that */
} ForgeGithubKnown;
void forge_github_known_clear(ForgeGithubKnown *known);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ForgeGithubKnown, forge_github_known_clear)

/* A release with what only GitHub has. */
typedef struct {
    ForgeRelease *release;
    gint64 number;  /* its id */
    char *body;     /* the notes as they stand there, with the mark; not NULL */
    char *uploads;  /* where its assets are sent */
    bool immutable; /* GitHub lets neither assets nor tag be changed */
    bool flagged;   /* as a pre-release, for whatever reason */
} ForgeGithubRelease;
void forge_github_release_free(ForgeGithubRelease *release);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ForgeGithubRelease, forge_github_release_free)

/* ---- what is known (github.c) ---- */

void forge_github_know(Forge *forge, const char *tag, const char *id);
void forge_github_remember(ForgeGithub *github, const ForgeRelease *release); /* after an own change */
void forge_github_saw(ForgeGithub *github, const char *tag, const char *id);
void forge_github_forget(ForgeGithub *github, const char *tag);
void forge_github_recall(ForgeGithub *github, const char *tag, ForgeGithubKnown *known); /* a copy */

/* ---- reading (github_read.c) ---- */

/* path: where it came from, for words. */
ForgeGithubRelease *forge_github_parse(ForgeGithub *github, const char *path, const json_t *json, GError **error);
ForgeAsset *forge_github_parse_asset(ForgeGithub *github, const char *path, const json_t *json, GError **error);
char *forge_github_release_path(const ForgeGithub *github, gint64 number); /* g_free */
/* PERMISSION: a list of it is not there, so that the repository is not, or is hidden. False. */
bool forge_github_hidden(const ForgeGithub *github, GError **error);
bool forge_github_check_mark(const ForgeGithub *github, const ForgeRelease *release, const char *mark, GError **error); /* CONFLICT */

/* The release of a tag. mark NULL: of anybody; otherwise another's is CONFLICT. */
typedef struct {
    ForgeGithubRelease *is; /* NULL: there is none */
    GPtrArray *others;      /* of ForgeGithubRelease*: further drafts of the same mark; NULL where it was not looked for them */
} ForgeGithubFound;
void forge_github_found_clear(ForgeGithubFound *found);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ForgeGithubFound, forge_github_found_clear)
/* The one whose id is known; or else a published one; or else the draft with the lowest id. CONFLICT: there are drafts of several marks. */
bool forge_github_look(ForgeGithub *github, const char *tag, const char *mark, ForgeGithubFound *found, GError **error);
/* The same where what is known of it is enough: nobody is looked for beside it. */
bool forge_github_look_quick(ForgeGithub *github, const char *tag, const char *mark, ForgeGithubRelease **is, GError **error);
/* This mark's draft, of which something is to be changed; otherwise CONFLICT. */
bool forge_github_own_draft(ForgeGithub *github, const char *tag, const char *mark, ForgeGithubRelease **is, GError **error);
ForgeRelease *forge_github_find(Forge *forge, const char *tag, GError **error);
GPtrArray *forge_github_list(Forge *forge, GError **error);
char *forge_github_latest(Forge *forge, GError **error);

/* ---- changing (github_change.c) ---- */

/* CONFLICT, or PERMISSION where GitHub hides what may not be done; says what is meant by it. False. */
bool forge_github_refused(ForgeGithub *github, const RestChange *change, long status, const json_t *answer, GError **error);
/* A 404 of what this process just made: it was not done, and may be tried again after the wait that this makes. *began starts as 0. */
bool forge_github_is_late(ForgeGithub *github, const ForgeGithubRelease *is, long status, gint64 *began);
/* Changes the members that `json` has. After a lost answer it looks until they are so. */
bool forge_github_patch(ForgeGithub *github, const ForgeGithubRelease *is, const json_t *json, GError **error);
/* Deletes a release or an asset; one that is not there is done. */
bool forge_github_delete(ForgeGithub *github, const char *path, GError **error);
/* Removes the further drafts of this run. CONFLICT: one of them has assets that the one that stays has not, which `complete` asks for. */
bool forge_github_drop_others(ForgeGithub *github, const ForgeGithubFound *found, bool complete, GError **error);
bool forge_github_edit(Forge *forge, const char *tag, const char *mark, const char *name, const char *notes, GError **error);

/* ---- drafts (github_draft.c), the public (github_publish.c) ---- */

bool forge_github_draft(Forge *forge, const ForgeRelease *release, GError **error);
bool forge_github_remove_draft(Forge *forge, const char *tag, const char *mark, GError **error);
bool forge_github_publish(Forge *forge, const char *tag, const char *mark, const ForgePublish *publish, GError **error);
bool forge_github_withdraw(Forge *forge, const char *tag, const char *mark, GError **error);
bool forge_github_set_latest(Forge *forge, const char *tag, GError **error);

/* ---- assets (github_asset.c, github_upload.c) ---- */

bool forge_github_upload(Forge *forge, const char *tag, const char *mark, const char *name, const char *path, GError **error);
bool forge_github_read_asset(Forge *forge, const ForgeRelease *release, const ForgeAsset *asset, ForgeTake take, void *data, GError **error);
bool forge_github_remove_asset(Forge *forge, const char *tag, const char *mark, const char *name, GError **error);
char *forge_github_asset_path(const ForgeGithub *github, const ForgeAsset *asset); /* below the API. g_free */

/* ---- what the token may (github_probe.c), talk (github_talk.c) ---- */

bool forge_github_probe(Forge *forge, ForgeAccess *access, GError **error);
GPtrArray *forge_github_issues(Forge *forge, const char *label, GError **error);
ForgeIssue *forge_github_create_issue(Forge *forge, const ForgeIssue *issue, const char *mark, GError **error);
bool forge_github_find_issue(Forge *forge, const char *mark, ForgeIssue **issue, GError **error);
bool forge_github_has_comment(Forge *forge, gint64 number, const char *mark, bool *has, GError **error);
bool forge_github_comment(Forge *forge, gint64 number, const char *body, const char *mark, GError **error);
GPtrArray *forge_github_pulls(Forge *forge, const char *commit, GError **error);
