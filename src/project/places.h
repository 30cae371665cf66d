/* Every place that carries or names the version, declared or not, and whether they agree. */
#pragma once

#include "project/world.h"

typedef enum {
    PLACE_OK,
    PLACE_DIFFERS,    /* kept by slipway, and says another version */
    PLACE_STALE,      /* kept by nobody, and says an older version of this project */
    PLACE_AHEAD,      /* tag or changelog name a higher version than the files */
    PLACE_UNDECLARED, /* kept by nobody, and right until the next release */
    PLACE_OLD,        /* an instruction or a package of an older version */
    PLACE_OTHER       /* a version of its own */
} PlaceVerdict;

const char *place_verdict_name(PlaceVerdict verdict);
bool place_is_wrong(PlaceVerdict verdict); /* exit 1 */

typedef struct {
    char *path;         /* or "tag v1.2.0" */
    guint line, column; /* 0: not in a file */
    char *value;
    const char *kind; /* manifest, lock, module, file, changelog, tag, docs, package */
    PlaceVerdict verdict;
    const ManifestFormat *format; /* NULL: cannot be set by slipway */
    char *fix;                    /* NULL: none is needed */
} Place;

typedef struct {
    Version *version;  /* what the first manifest says; what all are held against */
    char *source;      /* where it says so */
    GPtrArray *list;   /* of Place*, in the order of a release manager's trust */
    GPtrArray *unread; /* of char*: what was not looked at, and why; it may name any version */
} Places;

/* VERSION_NOT_FOUND when nothing names a version. */
Places *places_find(const World *world, GError **error);
void places_free(Places *places);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Places, places_free)
/* The files with every wrong place that can be set set right, as the files member of write-files. New reference. */
json_t *places_fix(const World *world, const Places *places, GError **error);
