#include "changelog/history.h"

#include <string.h>

#define NOBODY G_MAXUINT

typedef struct {
    HistoryCommit shown;
    char *parents_text;
    guint parents_at, parents; /* into History.links */
    guint part;
} Node;

struct History {
    GPtrArray *nodes;    /* of Node*, newest first as they came */
    GHashTable *by_id;   /* id → index + 1 */
    GStringChunk *texts; /* ids, names: names are few and repeated */
    GArray *links;       /* of guint: indices of parents */
};

static void node_free(Node *node) {
    commit_free(node->shown.said);
    g_free(node);
}

/* Ids are digests: their first digits are as good a hash as any, and 100,000 of them are looked up four times each. */
static guint id_hash(gconstpointer id) {
    const guchar *digits = id;
    guint hash = 0;
    for (guint i = 0; i < 8 && digits[i] != '\0'; i++)
        hash = (hash << 4) ^ (hash >> 28) ^ digits[i];
    return hash;
}

History *history_new(void) {
    History *history = g_new0(History, 1);
    history->nodes = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
    history->by_id = g_hash_table_new(id_hash, g_str_equal);
    history->texts = g_string_chunk_new(1 << 16);
    history->links = g_array_new(FALSE, FALSE, sizeof(guint));
    return history;
}

void history_free(History *history) {
    g_ptr_array_unref(history->nodes);
    g_hash_table_unref(history->by_id);
    g_string_chunk_free(history->texts);
    g_array_unref(history->links);
    g_free(history);
}

guint history_size(const History *history) {
    return history->nodes->len;
}

static guint count_words(const char *text) {
    guint count = *text != '\0' ? 1 : 0;
    for (; *text != '\0'; text++)
        count += *text == ' ' ? 1 : 0;
    return count;
}

void history_add(History *history, const HistoryRecord *record) {
    if (g_hash_table_contains(history->by_id, record->id))
        return;
    char *id = g_string_chunk_insert(history->texts, record->id);
    g_hash_table_insert(history->by_id, id, GUINT_TO_POINTER(history->nodes->len + 1));
    Node *node = g_new0(Node, 1);
    node->parents = count_words(record->parents);
    node->parents_text = g_string_chunk_insert(history->texts, record->parents);
    node->shown = (HistoryCommit){
        .id = id,
        .author = g_string_chunk_insert_const(history->texts, record->author),
        .email = g_string_chunk_insert_const(history->texts, record->email),
        .when = record->when,
        .said = commit_parse(record->message, node->parents),
    };
    g_ptr_array_add(history->nodes, node);
}

static Node *node_at(const History *history, guint index) {
    return g_ptr_array_index(history->nodes, index);
}

static guint index_of(const History *history, const char *id) {
    guint found = GPOINTER_TO_UINT(g_hash_table_lookup(history->by_id, id));
    return found > 0 ? found - 1 : NOBODY;
}

/* ---- the graph ---- */

static void link_parents(History *history) {
    g_array_set_size(history->links, 0);
    for (guint i = 0; i < history->nodes->len; i++) {
        Node *node = node_at(history, i);
        node->parents_at = history->links->len;
        for (char *id = node->parents_text; *id != '\0';) {
            gsize length = strcspn(id, " ");
            char divider = id[length];
            id[length] = '\0';
            guint parent = index_of(history, id);
            id[length] = divider;
            if (parent != NOBODY)
                g_array_append_val(history->links, parent);
            id += length + (divider != '\0' ? 1 : 0);
        }
        node->parents = history->links->len - node->parents_at;
    }
}

static guint parent_of(const History *history, const Node *node, guint which) {
    return g_array_index(history->links, guint, node->parents_at + which);
}

/* The dates of commits are what their makers' clocks said. A commit's own date raised above its parents' gives an order by time that never contradicts
 * ancestry; found by walking from the oldest, depth first where a clock went backwards. */
static gint64 *sound_dates(const History *history) {
    guint count = history->nodes->len;
    gint64 *dates = g_new(gint64, MAX(count, 1));
    g_autofree guint *next = g_new0(guint, MAX(count, 1)); /* which parent is to be looked at; NOBODY: done */
    g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint start = count; start-- > 0;) {
        if (next[start] != NOBODY)
            g_array_append_val(stack, start);
        while (stack->len > 0) {
            guint index = g_array_index(stack, guint, stack->len - 1);
            const Node *node = node_at(history, index);
            if (next[index] == 0)
                dates[index] = node->shown.when;
            if (next[index] == NOBODY || next[index] == node->parents) {
                next[index] = NOBODY;
                g_array_set_size(stack, stack->len - 1);
                for (guint k = 0; k < node->parents; k++)
                    dates[index] = MAX(dates[index], dates[parent_of(history, node, k)] + 1);
                continue;
            }
            guint parent = parent_of(history, node, next[index]++);
            if (next[parent] == 0)
                g_array_append_val(stack, parent);
        }
    }
    return dates;
}

typedef struct {
    const char *name;
    guint commit;
    gint64 date;
} Mark;

static int by_date(gconstpointer a, gconstpointer b) {
    const Mark *first = a, *second = b;
    if (first->date != second->date)
        return first->date < second->date ? -1 : 1;
    return strcmp(first->name, second->name);
}

static GArray *sorted_marks(const History *history, const HistoryTag *tags, guint count) {
    g_autofree gint64 *dates = sound_dates(history);
    GArray *marks = g_array_new(FALSE, FALSE, sizeof(Mark));
    for (guint i = 0; i < count; i++) {
        guint commit = index_of(history, tags[i].commit);
        Mark mark = {.name = tags[i].name, .commit = commit, .date = commit != NOBODY ? dates[commit] : 0};
        if (commit != NOBODY)
            g_array_append_val(marks, mark);
    }
    g_array_sort(marks, by_date);
    return marks;
}

/* Everything below this commit that no older release took. */
static void take_below(const History *history, guint commit, guint part) {
    g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(guint));
    g_array_append_val(stack, commit);
    while (stack->len > 0) {
        guint index = g_array_index(stack, guint, stack->len - 1);
        g_array_set_size(stack, stack->len - 1);
        Node *node = node_at(history, index);
        if (node->part != 0)
            continue;
        node->part = part;
        for (guint k = 0; k < node->parents; k++) {
            guint parent = parent_of(history, node, k);
            if (node_at(history, parent)->part == 0)
                g_array_append_val(stack, parent);
        }
    }
}

/* ---- what took what back ---- */

/* The commit of this part that is meant, among those older than `after`; NULL: none that stands. */
static HistoryCommit *meant(const History *history, const HistoryPart *part, guint after, GHashTable *subjects) {
    const HistoryCommit *from = g_ptr_array_index(part->commits, after);
    const Commit *said = from->said;
    guint exact = said->reverts != NULL ? index_of(history, said->reverts) : NOBODY;
    if (exact != NOBODY) {
        Node *node = node_at(history, exact);
        return node->part == ((const Node *)(gconstpointer)from)->part && &node->shown != from ? &node->shown : NULL;
    }
    bool full = said->reverts != NULL && strlen(said->reverts) >= 40;
    for (guint i = after + 1; said->reverts != NULL && !full && i < part->commits->len; i++) {
        HistoryCommit *commit = g_ptr_array_index(part->commits, i);
        if (g_str_has_prefix(commit->id, said->reverts))
            return commit;
    }
    const char *text = said->reverts == NULL ? said->reverts_text : NULL;
    bool there = text != NULL && g_hash_table_contains(subjects, text);
    for (guint i = after + 1; there && i < part->commits->len; i++) {
        HistoryCommit *commit = g_ptr_array_index(part->commits, i);
        if (!commit->cancelled && g_str_equal(commit->said->subject, text))
            return commit;
    }
    return NULL;
}

static bool takes_back(const HistoryCommit *commit) {
    return commit->said->reverts != NULL || commit->said->reverts_text != NULL;
}

static GHashTable *subjects_of(const HistoryPart *part) {
    GHashTable *subjects = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < part->commits->len; i++)
        g_hash_table_add(subjects, ((HistoryCommit *)g_ptr_array_index(part->commits, i))->said->subject);
    return subjects;
}

/* Newest first: what is taken back itself takes nothing back. */
static void cancel_reverts(const History *history, HistoryPart *part) {
    g_autoptr(GHashTable) subjects = NULL;
    for (guint i = 0; i < part->commits->len; i++) {
        HistoryCommit *commit = g_ptr_array_index(part->commits, i);
        if (commit->cancelled || !takes_back(commit))
            continue;
        if (subjects == NULL)
            subjects = subjects_of(part);
        HistoryCommit *target = meant(history, part, i, subjects);
        if (target != NULL)
            commit->cancelled = target->cancelled = true;
    }
}

/* ---- the whole ---- */

static void part_free(HistoryPart *part) {
    g_ptr_array_unref(part->commits);
    g_free(part);
}

static HistoryPart *add_part(GPtrArray *parts, const char *tag, gint64 when) {
    HistoryPart *part = g_new0(HistoryPart, 1);
    *part = (HistoryPart){.tag = tag, .when = when, .commits = g_ptr_array_new()};
    g_ptr_array_add(parts, part);
    return part;
}

GPtrArray *history_divide(History *history, const HistoryTag *tags, guint count) {
    link_parents(history);
    for (guint i = 0; i < history->nodes->len; i++)
        node_at(history, i)->part = 0;
    g_autoptr(GArray) marks = sorted_marks(history, tags, count);
    GPtrArray *parts = g_ptr_array_new_with_free_func((GDestroyNotify)part_free);
    add_part(parts, NULL, 0);
    for (guint i = marks->len; i-- > 0;) {
        const Mark *mark = &g_array_index(marks, Mark, i);
        add_part(parts, mark->name, node_at(history, mark->commit)->shown.when);
    }
    for (guint i = 0; i < marks->len; i++)
        take_below(history, g_array_index(marks, Mark, i).commit, marks->len - i);
    for (guint i = 0; i < history->nodes->len; i++) {
        Node *node = node_at(history, i);
        node->shown.cancelled = false;
        g_ptr_array_add(((HistoryPart *)g_ptr_array_index(parts, node->part))->commits, &node->shown);
    }
    for (guint i = 0; i < parts->len; i++)
        cancel_reverts(history, g_ptr_array_index(parts, i));
    return parts;
}
