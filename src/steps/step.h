/* Steps: planners. One file a step, one row in steps.def, in the order of a release. A step looks at the world, adds effects to the plan or says why it adds
 * none, and touches nothing. What a later step needs of an earlier one stands in Release, typed. */
#pragma once

#include "engine/plan.h"
#include "project/gates.h"
#include "project/world.h"

/* What a person says about the gates of one run. */
typedef struct {
    const char *const *skip;    /* names, NULL-ended; or NULL: none */
    const char *const *reasons; /* one for each */
    bool no_cache;              /* what is proven is run again */
    bool offline;               /* nothing of the web is asked for docs */
    bool update_baseline;       /* docs.todo writes what it finds instead of failing */
} GateChoice;

/* What a person says about a release beside its version. */
typedef struct {
    bool draft; /* wait for `slipway publish` before the point of no return */
    bool again; /* planned a second time, to compare: what stands in the way of a release now is not looked for */
    GateChoice gates;
} ReleaseChoice;

typedef struct {
    const World *world;
    const Version *version;
    char *tag, *branch, *date; /* the tag's and the release branch's name; ISO date */
    char *written;             /* the version as the manifests of this project write it (PEP 440 where they do) */
    bool draft;                /* of ReleaseChoice */
    bool again;                /* of ReleaseChoice */
    GateChoice gates;          /* of ReleaseChoice */
    bool closed;               /* preflight: only who has a token sees what is published at the forge */
    bool mute;                 /* preflight: the forge has no token here, so a plan asks it nothing */
    bool own_branch;           /* candidate: there is a release branch, the tree is switched to it */
    json_t *target;            /* candidate: the commit that is released, an id or a reference */
    json_t *tag_object;        /* candidate: a reference */
    char *changes;             /* candidate: the changelog's body for this version, Markdown; NULL: none */
    char *notes;               /* notes: Markdown */
    char *summary;             /* notes: their summary, Markdown; NULL or "": none */
    json_t *pulls;             /* notes: as release_pulls gives them, where forge.comment wants them; NULL: not asked */
    const char *assets;        /* packages: the effect whose result {folder, files} is what a release ships; NULL: it ships none */
} Release;

void release_clear(Release *release);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Release, release_clear)

typedef struct {
    const char *name;
    const char *doc;
    /* False only for what makes planning impossible; what stands in the way of a release is a problem of the plan. */
    bool (*plan)(Release *release, Plan *plan, GError **error);
} Step;

/* The whole plan of a release. */
Plan *release_plan(const World *world, const Wish *wish, const ReleaseChoice *choice, GError **error);
/* The plan that this clone makes of what another one was asked for, as its plan says (release.request), in a world as it was then. */
Plan *release_plan_again(const World *world, const Plan *theirs, GError **error);
/* Before a plan is executed: is there a token where the forge wants one, and does it suffice? PERMISSION. */
bool release_may_act(const World *world, const char *tag, GError **error);
/* What a plan is made against, to compare with when it is executed later. New reference. */
json_t *release_world(const World *world, const char *tag);

/* Pieces that commands use alone. */
/* The version put into every file that carries it, as the files member of write-files. New reference; NULL with error. */
json_t *release_files(const World *world, const Version *version, GError **error);
json_t *release_file(const char *path, GBytes *before, GBytes *after);
/* Adds to files: the changelog with its fragments collected and [Unreleased] turned into the version's section (where that is empty or missing, with a section
 * to be filled in), and the fragments gone. */
bool release_changelog(const World *world, const Version *version, json_t *files, GError **error);
/* The version as manifests write it. g_free; NULL: cannot be mapped. */
char *release_written(const World *world, const Version *version, GError **error);
/* Release notes of a version. */
typedef struct {
    const char *date;    /* ISO */
    const char *changes; /* the changelog's body; NULL: made out of the commits since the previous release */
    bool mute;           /* the forge is asked nothing */
    json_t **pulls;      /* where the pull requests go that were asked for; they are asked for whatever notes.pulls says. NULL: as notes.pulls says */
} NotesWish;
/* The parts as notes_parts gives them; CHANGELOG when one is missing that notes.require asks for. New reference. */
json_t *release_notes_parts(const World *world, const Version *version, const NotesWish *wish, GError **error);
/* Markdown, by notes.template where there is one. g_free. */
char *release_notes_write(const World *world, const json_t *parts, GError **error);
/* What is to be built. */
typedef struct {
    const char *into;         /* prove/artifacts goes to this folder of the tree; NULL: to the run's own */
    bool sign;                /* SHA256SUMS is signed as signature.kind says */
    const char *const *names; /* only these packages, NULL-ended; NULL: all */
} BuildWish;
/* Adds what builds `target` and looks at what came of it, or says why there is nothing to build. For each package NAME: prove/worktree/NAME, prove/build/NAME,
 * where it is asked for prove/again/NAME and prove/rebuild/NAME; then for all prove/artifacts, prove/packages, prove/signature; for each again
 * prove/source/NAME and prove/install/NAME. Error USAGE for a name that is none. */
bool release_add_build(Release *release, Plan *plan, const BuildWish *wish, GError **error);
/* Adds what removes the linked work trees of the builds: follow/worktree/NAME, follow/again/NAME. */
void release_remove_worktrees(Plan *plan);
/* Adds prove/gate/… for each gate, or for those of `only` (NULL-ended names, or NULL) and what they need; what is left out stands in the plan as skipped, with
 * reason and person. Errors USAGE (a name that is no gate's), IDENTITY. */
bool release_add_gates(Release *release, Plan *plan, const char *const *only, GError **error);
/* The parameters of a gate's effect. New reference. */
json_t *release_gate_params(const Release *release, const Gate *gate, const char *log);
/* The skipped gates as a part of the notes, with reason and person, Markdown. NULL: none is. g_free. */
/* What slipway.yaml has wrong about them, so that no run could begin: the first of it. True: nothing. */
bool release_check_gates(GPtrArray *gates, GError **error);
char *release_gates_evidence(const Release *release);
