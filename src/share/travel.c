/* What of an event goes to other clones, by the table travels.def: the same when a record is written and when it is read. */
#include "share/share_private.h"

#include <string.h>

typedef struct {
    const char *name, *members; /* separated by blanks */
} TravelRow;

static const TravelRow events[] = {
#define TRAVELS(type, members) {type, members},
#define KEPT(kind, members)
#define RESULT(members)
#include "share/travels.def"
#undef TRAVELS
#undef KEPT
#undef RESULT
};

static const TravelRow kept[] = {
#define TRAVELS(type, members)
#define KEPT(kind, members) {kind, members},
#define RESULT(members)
#include "share/travels.def"
#undef TRAVELS
#undef KEPT
#undef RESULT
};

static const char *const results[] = {
#define TRAVELS(type, members)
#define KEPT(kind, members)
#define RESULT(members) members,
#include "share/travels.def"
#undef TRAVELS
#undef KEPT
#undef RESULT
};

struct ShareTravel {
    GHashTable *kinds;  /* id of an effect → name of its kind */
    GHashTable *fields; /* "ID FIELD" of results that an effect refers to */
};

void share_travel_free(ShareTravel *travel) {
    g_hash_table_unref(travel->kinds);
    g_hash_table_unref(travel->fields);
    g_free(travel);
}

static void add_references(ShareTravel *travel, const json_t *value) {
    const char *effect = jsonx_string(value, "result"), *field = jsonx_string(value, "field");
    gsize index;
    json_t *item;
    const char *key;
    if (effect != NULL && field != NULL)
        g_hash_table_add(travel->fields, g_strdup_printf("%s %s", effect, field));
    if (json_is_array(value)) {
        json_array_foreach((json_t *)value, index, item) add_references(travel, item);
    }
    json_object_foreach((json_t *)value, key, item) add_references(travel, item);
}

ShareTravel *share_travel_new(const json_t *plan) {
    ShareTravel *travel = g_new0(ShareTravel, 1);
    travel->kinds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    travel->fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const json_t *effects = json_object_get(plan, "effects");
    for (gsize i = 0; i < json_array_size(effects); i++) {
        const json_t *effect = json_array_get(effects, i);
        const char *id = jsonx_string(effect, "id"), *kind = jsonx_string(effect, "kind");
        if (id != NULL && kind != NULL)
            g_hash_table_replace(travel->kinds, g_strdup(id), g_strdup(kind));
        add_references(travel, json_object_get(effect, "params"));
    }
    return travel;
}

static bool is_listed(const char *members, const char *member) {
    gsize length = strlen(member);
    for (const char *at = members; at != NULL && length > 0; at = strchr(at, ' ')) {
        at += *at == ' ' ? 1 : 0;
        if (strncmp(at, member, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

static const char *members_of(const TravelRow *rows, guint count, const char *name) {
    for (guint i = 0; i < count; i++) {
        if (g_strcmp0(rows[i].name, name) == 0)
            return rows[i].members;
    }
    return "";
}

static json_t *only(const json_t *object, const char *members) {
    json_t *out = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        if (is_listed(members, key))
            json_object_set(out, key, value);
    }
    return out;
}

/* What the plan's hash covers, and the hash. */
static json_t *plan_of(const json_t *plan) {
    json_t *out = json_copy((json_t *)plan);
    json_object_del(out, "notes");
    json_object_del(out, "problems");
    return out;
}

static json_t *result_of(const ShareTravel *travel, const char *effect, const json_t *result) {
    json_t *out = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)result, key, value) {
        g_autofree char *field = g_strdup_printf("%s %s", effect, key);
        if (is_listed(results[0], key) || g_hash_table_contains(travel->fields, field))
            json_object_set(out, key, value);
    }
    return out;
}

json_t *share_travel_data(const ShareTravel *travel, const JournalEvent *event) {
    if (g_str_equal(event->type, "kept")) {
        const char *kind = event->effect != NULL ? g_hash_table_lookup(travel->kinds, event->effect) : NULL;
        return only(event->data, members_of(kept, G_N_ELEMENTS(kept), kind));
    }
    json_t *out = only(event->data, members_of(events, G_N_ELEMENTS(events), event->type));
    const json_t *plan = json_object_get(out, "plan"), *result = json_object_get(out, "result");
    if (plan != NULL)
        json_object_set_new(out, "plan", plan_of(plan));
    if (result != NULL && event->effect != NULL)
        json_object_set_new(out, "result", result_of(travel, event->effect, result));
    return out;
}

/* "kept.process": the first member that does not go. NULL: all of it does. g_free. */
static char *first_extra(const json_t *data, const json_t *goes) {
    const char *key, *inner;
    json_t *value, *member;
    json_object_foreach((json_t *)data, key, value) {
        const json_t *there = json_object_get(goes, key);
        if (there == NULL)
            return g_strdup(key);
        if (json_is_object(there) && json_object_size(there) < json_object_size(value)) {
            json_object_foreach(value, inner, member) {
                if (json_object_get(there, inner) == NULL)
                    return g_strdup_printf("%s.%s", key, inner);
            }
        }
    }
    return NULL;
}

char *share_travel_extra(const ShareTravel *travel, const JournalEvent *event) {
    g_autoptr(json_t) goes = share_travel_data(travel, event);
    return first_extra(event->data, goes);
}
