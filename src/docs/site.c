#include "docs/site.h"

#include "base/fyx.h"

#include <string.h>

#define DEPTH 32

static void item_free(DocsNavItem *item) {
    g_free(item->path);
    g_free(item);
}

void docs_site_free(DocsSite *site) {
    g_free(site->config);
    g_free(site->folder);
    g_free(site->problem);
    g_ptr_array_unref(site->nav);
    g_free(site);
}

bool docs_site_is_config(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    return g_str_equal(name, "mkdocs.yml") || g_str_equal(name, "mkdocs.yaml");
}

static char *scalar(struct fy_node *node) {
    size_t length = 0;
    const char *text = node != NULL && fy_node_is_scalar(node) && !fy_node_is_alias(node) ? fy_node_get_scalar(node, &length) : NULL;
    return text != NULL ? g_strndup(text, length) : NULL;
}

static struct fy_node *member(struct fy_node *mapping, const char *name) {
    void *at = NULL;
    struct fy_node_pair *pair;
    while (mapping != NULL && fy_node_is_mapping(mapping) && (pair = fy_node_mapping_iterate(mapping, &at)) != NULL) {
        g_autofree char *key = scalar(fy_node_pair_key(pair));
        if (g_strcmp0(key, name) == 0)
            return fy_node_pair_value(pair);
    }
    return NULL;
}

/* ---- navigation ---- */

static void add_item(DocsSite *site, struct fy_node *node) {
    g_autofree char *path = scalar(node);
    const struct fy_mark *mark = path != NULL ? fy_token_start_mark(fy_node_get_scalar_token(node)) : NULL;
    if (path == NULL || *path == '\0')
        return;
    DocsNavItem *item = g_new0(DocsNavItem, 1);
    item->path = g_steal_pointer(&path);
    item->line = mark != NULL ? (guint)mark->line + 1 : 1;
    item->column = mark != NULL ? (guint)mark->column + 1 : 1;
    g_ptr_array_add(site->nav, item);
}

static void add_nav(DocsSite *site, struct fy_node *node, guint depth) {
    void *at = NULL;
    struct fy_node *item;
    struct fy_node_pair *pair;
    if (node == NULL || depth > DEPTH)
        return;
    if (fy_node_is_scalar(node)) {
        add_item(site, node);
    } else if (fy_node_is_sequence(node)) {
        while ((item = fy_node_sequence_iterate(node, &at)) != NULL)
            add_nav(site, item, depth + 1);
    } else {
        while ((pair = fy_node_mapping_iterate(node, &at)) != NULL)
            add_nav(site, fy_node_pair_value(pair), depth + 1);
    }
}

/* ---- the rest ---- */

static bool is_autorefs(const char *name) {
    return name != NULL && (g_str_equal(name, "autorefs") || g_str_equal(name, "mkdocstrings"));
}

static bool has_autorefs(struct fy_node *plugins) {
    void *at = NULL;
    struct fy_node *item;
    while (plugins != NULL && fy_node_is_sequence(plugins) && (item = fy_node_sequence_iterate(plugins, &at)) != NULL) {
        g_autofree char *name = scalar(item);
        if (is_autorefs(name) || (fy_node_is_mapping(item) && (member(item, "autorefs") != NULL || member(item, "mkdocstrings") != NULL)))
            return true;
    }
    return plugins != NULL && fy_node_is_mapping(plugins) && (member(plugins, "autorefs") != NULL || member(plugins, "mkdocstrings") != NULL);
}

/* Of docs_dir, beside the configuration. */
static char *folder_of(const char *config, const char *docs_dir) {
    g_autofree char *beside = g_path_get_dirname(config);
    g_autofree char *whole = g_build_filename(beside, docs_dir, NULL);
    g_autofree char *joined = g_canonicalize_filename(whole, "/");
    return g_strdup(joined + 1);
}

/* Aliases are pointed to, not unfolded; brackets without end would overflow the stack of the reader. */
static bool is_sane(DocsSite *site, const char *text, gsize length) {
    gsize brackets = 0;
    for (gsize i = 0; i < length; i++)
        brackets += text[i] == '[' || text[i] == '{' ? 1 : 0;
    if (length > 1 << 20 || brackets > 10000)
        site->problem = g_strdup("is too large for a configuration");
    else if (!g_utf8_validate_len(text, length, NULL))
        site->problem = g_strdup("is not UTF-8");
    return site->problem == NULL;
}

DocsSite *docs_site_read(const char *config, const char *text, gsize length) {
    DocsSite *site = g_new0(DocsSite, 1);
    site->config = g_strdup(config);
    site->nav = g_ptr_array_new_with_free_func((GDestroyNotify)item_free);
    site->folder = folder_of(config, "docs");
    if (!is_sane(site, text, length))
        return site;
    g_autoptr(FyDiag) diag = fyx_diag();
    struct fy_parse_cfg parse_config = fyx_config(diag);
    g_autoptr(FyDocument) document = fy_document_build_from_string(&parse_config, text, length);
    if (document == NULL) {
        const struct fy_diag_error *problem = fyx_problem(diag);
        site->problem = problem != NULL ? fyx_text(problem) : g_strdup("cannot be read as YAML");
        site->problem_line = problem != NULL ? (guint)MAX(problem->line, 1) : 1;
        return site;
    }
    struct fy_node *root = fy_document_root(document);
    g_autofree char *docs_dir = scalar(member(root, "docs_dir"));
    if (docs_dir != NULL && *docs_dir != '\0') {
        g_free(site->folder);
        site->folder = folder_of(config, docs_dir);
    }
    site->autorefs = has_autorefs(member(root, "plugins"));
    add_nav(site, member(root, "nav"), 0);
    return site;
}
