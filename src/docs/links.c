#include "docs/links.h"

#include "base/fs.h"
#include "base/glob.h"
#include "docs/page.h"
#include "docs/site.h"
#include "docs/target.h"

#include <string.h>

/* So many broken links get a guess at what was meant. */
#define GUESSES 200

typedef struct {
    const DocsLinks *links;
    GPtrArray *paths;      /* of char*, borrowed: Markdown files */
    GPtrArray *configs;    /* of char*, borrowed: mkdocs.yml */
    GHashTable *files;     /* path → index in paths + 1; 0: another file */
    GHashTable *folders;   /* a set of char* */
    DocsPage **pages;      /* as paths; NULL: could not be read */
    DocsSite **sites;      /* as configs; NULL: could not be read */
    char **problems;       /* as paths */
    DocsLinksResult *each; /* as paths: merged at the end */
    gint guesses;
} Tree;

/* What is being checked. */
typedef struct {
    Tree *tree;
    DocsLinksResult *result;
    const char *path;
    const DocsSite *site; /* that the page is of; NULL: none */
    guint line, column;
} Place;

bool docs_is_markdown(const char *path) {
    static const char *const endings[] = {".md", ".markdown", ".mdown", ".mkd"};
    for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
        if (g_str_has_suffix(path, endings[i]))
            return true;
    }
    return false;
}

void docs_links_result_clear(DocsLinksResult *result) {
    g_clear_pointer(&result->findings, g_ptr_array_unref);
    g_clear_pointer(&result->addresses, g_ptr_array_unref);
}

static void address_free(DocsAddress *address) {
    g_free(address->url);
    g_free(address->path);
    g_free(address);
}

static DocsLinksResult new_result(void) {
    return (DocsLinksResult){.findings = docs_findings_new(), .addresses = g_ptr_array_new_with_free_func((GDestroyNotify)address_free)};
}

/* ---- the tree ---- */

static void add_folders(Tree *tree, const char *path) {
    const char *slash;
    gsize length = strlen(path);
    while ((slash = g_strrstr_len(path, (gssize)length, "/")) != NULL) {
        length = (gsize)(slash - path);
        g_autofree char *folder = g_strndup(path, length);
        if (g_hash_table_contains(tree->folders, folder))
            return;
        g_hash_table_add(tree->folders, g_steal_pointer(&folder));
    }
}

static void index_files(Tree *tree) {
    for (guint i = 0; i < tree->links->files->len; i++) {
        char *path = g_ptr_array_index(tree->links->files, i);
        bool page = docs_is_markdown(path);
        if (page)
            g_ptr_array_add(tree->paths, path);
        else if (docs_site_is_config(path))
            g_ptr_array_add(tree->configs, path);
        g_hash_table_insert(tree->files, path, GUINT_TO_POINTER(page ? tree->paths->len : 0));
        add_folders(tree, path);
    }
}

static const DocsSite *site_of(const Tree *tree, const char *path) {
    const DocsSite *best = NULL;
    for (guint i = 0; i < tree->configs->len; i++) {
        const DocsSite *site = tree->sites[i];
        gsize length = site != NULL ? strlen(site->folder) : 0;
        bool of = site != NULL && (length == 0 || (strncmp(path, site->folder, length) == 0 && path[length] == '/'));
        if (of && (best == NULL || strlen(best->folder) < length))
            best = site;
    }
    return best;
}

static void read_site(guint index, const char *text, gsize length, const GError *problem, void *data) {
    const Tree *tree = data;
    if (problem == NULL)
        tree->sites[index] = docs_site_read(g_ptr_array_index(tree->configs, index), text, length);
}

static void read_page(guint index, const char *text, gsize length, const GError *problem, void *data) {
    const Tree *tree = data;
    const char *path = g_ptr_array_index(tree->paths, index);
    if (problem != NULL)
        tree->problems[index] = g_strdup(problem->message);
    else
        tree->pages[index] = docs_page(text, length, site_of(tree, path) != NULL);
}

/* ---- findings ---- */

static void G_GNUC_PRINTF(3, 4) say(const Place *place, const char *code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    DocsFinding finding = {.path = (char *)place->path, .line = place->line, .column = place->column, .code = code, .what = what};
    finding.warning = g_str_equal(code, "definition") || g_str_equal(code, "file");
    docs_findings_add(place->result->findings, &finding);
}

/* The file that was probably meant, or NULL. Borrowed or of *made. */
static const char *guess(Tree *tree, const char *path, char **made) {
    if (g_atomic_int_add(&tree->guesses, 1) >= GUESSES)
        return NULL;
    *made = g_strconcat(path, ".md", NULL);
    if (g_hash_table_contains(tree->files, *made))
        return *made;
    for (guint i = 0; i < tree->links->files->len; i++) {
        const char *file = g_ptr_array_index(tree->links->files, i);
        if (g_ascii_strcasecmp(file, path) == 0)
            return file;
    }
    return NULL;
}

static void say_missing(const Place *place, const char *code, const char *target, const char *path) {
    g_autofree char *made = NULL;
    const char *near = guess(place->tree, path, &made);
    if (near != NULL)
        say(place, code, "%s: there is no %s; there is %s", target, path, near);
    else
        say(place, code, "%s: there is no %s", target, path);
}

/* ---- one link ---- */

static const DocsPage *page_at(const Tree *tree, const char *path) {
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(tree->files, path));
    return index > 0 ? tree->pages[index - 1] : NULL;
}

/* The page that is shown for a folder. */
static const DocsPage *page_of_folder(const Tree *tree, const char *folder) {
    static const char *const names[] = {"README.md", "readme.md", "index.md"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = *folder != '\0' ? g_strconcat(folder, "/", names[i], NULL) : g_strdup(names[i]);
        const DocsPage *page = page_at(tree, path);
        if (page != NULL)
            return page;
    }
    return NULL;
}

/* "L10", "L10-L20", "L3C1-L4C2": lines of a file that the forge shows as text. */
static bool is_lines(const char *fragment) {
    return fragment[0] == 'L' && g_ascii_isdigit(fragment[1]) && strspn(fragment, "LC0123456789-") == strlen(fragment);
}

static bool has_anchor(const DocsPage *page, const char *fragment) {
    const char *name = g_str_has_prefix(fragment, "user-content-") ? fragment + strlen("user-content-") : fragment;
    return g_hash_table_contains(page->anchors, name) || g_hash_table_contains(page->anchors, fragment);
}

static void check_anchor(const Place *place, const char *target, const DocsPage *page, const char *fragment) {
    if (page == NULL || fragment == NULL || *fragment == '\0' || g_ascii_strcasecmp(fragment, "top") == 0 || is_lines(fragment) || *fragment == ':')
        return;
    if (has_anchor(page, fragment))
        return;
    if (page->includes) {
        place->result->passed++;
        return;
    }
    g_autofree char *lower = g_utf8_validate(fragment, -1, NULL) ? g_utf8_strdown(fragment, -1) : g_strdup(fragment);
    if (has_anchor(page, lower))
        say(place, "anchor", "%s: there is no heading or anchor #%s; there is #%s", target, fragment, lower);
    else
        say(place, "anchor", "%s: there is no heading or anchor #%s", target, fragment);
}

/* In HTML of an MkDocs page, addresses are those of the built site: "../guide/" is guide.md or guide/index.md. */
static bool is_built(const Place *place, const DocsUse *use) {
    if (place->site == NULL || (use->kind != DOCS_HTML_LINK && use->kind != DOCS_HTML_IMAGE))
        return false;
    g_autofree char *stem = g_strndup(place->path, strlen(place->path) - strlen(strrchr(place->path, '.')));
    g_autofree char *page = g_str_has_suffix(stem, "/index") ? g_strdup(stem) : g_strconcat(stem, "/index", NULL);
    g_auto(DocsTarget) built = {0};
    docs_target_read(use->target, page, place->site->folder, &built);
    if (built.kind != DOCS_TARGET_PATH)
        return false;
    g_autofree char *bare = g_str_has_suffix(built.path, ".html") ? g_strndup(built.path, strlen(built.path) - 5) : g_strdup(built.path);
    static const char *const endings[] = {".md", "/index.md", "/README.md"};
    for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *path = g_strconcat(bare, endings[i], NULL);
        if (g_hash_table_contains(place->tree->files, path))
            return true;
    }
    return g_hash_table_contains(place->tree->files, built.path) || g_str_equal(built.path, place->site->folder);
}

static bool is_image(const DocsUse *use) {
    return use->kind == DOCS_IMAGE || use->kind == DOCS_HTML_IMAGE;
}

/* "/path" in a page of a site may begin at the folder of pages. */
static bool is_on_site(const Place *place, const DocsUse *use, const DocsTarget *target) {
    if (place->site == NULL || !target->top)
        return false;
    g_auto(DocsTarget) other = {0};
    docs_target_read(use->target, place->path, place->site->folder, &other);
    return other.kind == DOCS_TARGET_PATH && (g_hash_table_contains(place->tree->files, other.path) || g_hash_table_contains(place->tree->folders, other.path));
}

/* Below a submodule or a symbolic link: git tracks nothing there, and nothing is followed. */
static bool is_beyond(const Tree *tree, const char *path) {
    gsize length = strlen(path);
    const char *slash;
    while ((slash = g_strrstr_len(path, (gssize)length, "/")) != NULL) {
        length = (gsize)(slash - path);
        g_autofree char *above = g_strndup(path, length);
        if (g_hash_table_contains(tree->files, above))
            return fs_kind_beneath(tree->links->root, above) == FS_OTHER;
    }
    return false;
}

static void check_path(const Place *place, const DocsUse *use, const DocsTarget *target) {
    const Tree *tree = place->tree;
    bool file = g_hash_table_contains(tree->files, target->path) && !target->folder;
    bool folder = *target->path == '\0' || g_hash_table_contains(tree->folders, target->path);
    if (file)
        check_anchor(place, use->target, page_at(tree, target->path), target->fragment);
    else if (folder && !is_image(use))
        check_anchor(place, use->target, page_of_folder(tree, target->path), target->fragment);
    else if (is_on_site(place, use, target) || is_built(place, use))
        return;
    else if (target->folder && g_hash_table_contains(tree->files, target->path))
        say(place, "link", "%s: %s is a file, not a folder", use->target, target->path);
    else if (is_beyond(tree, target->path))
        place->result->passed++;
    else
        say_missing(place, is_image(use) ? "image" : "link", use->target, *target->path != '\0' ? target->path : "image of that name");
}

static void add_address(const Place *place, const char *url) {
    DocsAddress *address = g_new0(DocsAddress, 1);
    *address = (DocsAddress){.url = g_strdup(url), .path = g_strdup(place->path), .line = place->line, .column = place->column};
    g_ptr_array_add(place->result->addresses, address);
}

static void check_target(const Place *place, const DocsUse *use) {
    g_auto(DocsTarget) target = {0};
    if (*use->target == '\0') {
        say(place, is_image(use) ? "image" : "link", "it leads nowhere: no address is given");
        return;
    }
    docs_target_read(use->target, place->path, "", &target);
    switch (target.kind) {
    case DOCS_TARGET_PATH:
        check_path(place, use, &target);
        break;
    case DOCS_TARGET_WEB:
        add_address(place, target.path);
        break;
    case DOCS_TARGET_OUT:
        if (!is_built(place, use))
            say(place, is_image(use) ? "image" : "link", "%s leads out of the repository", use->target);
        break;
    case DOCS_TARGET_BAD:
        say(place, "link", "%s is no valid address", use->target);
        break;
    default:
        place->result->passed++;
    }
}

static void check_use(const Place *place, const DocsUse *use) {
    place->result->links++;
    if (use->kind != DOCS_UNDEFINED)
        check_target(place, use);
    else if (place->site != NULL && place->site->autorefs)
        place->result->passed++;
    else
        say(place, "reference", "[%s] is not defined", use->target);
}

/* ---- one page ---- */

/* "[//]: # (text)" is how people write comments. */
static bool is_note(const DocsReference *reference) {
    return g_str_has_prefix(reference->label, "//") || g_str_equal(reference->target, "#") || g_str_has_prefix(reference->label, "comment");
}

static void check_reference(const Place *place, const DocsReference *reference) {
    if (is_note(reference))
        return;
    if (reference->twice && !reference->same)
        say(place, "reference", "[%s] is defined a second time, and leads elsewhere in line %u, which counts", reference->label, reference->first_line);
    else if (reference->twice)
        say(place, "definition", "[%s] is defined a second time, as in line %u", reference->label, reference->first_line);
    if (reference->twice || reference->uses > 0)
        return;
    say(place, "definition", "[%s] is defined, but not used", reference->label);
    check_use(place, &(DocsUse){.kind = DOCS_LINK, .target = reference->target});
}

static void check_page(Place *place, const DocsPage *page) {
    for (guint i = 0; i < page->uses->len; i++) {
        const DocsUse *use = g_ptr_array_index(page->uses, i);
        place->line = use->line;
        place->column = use->column;
        check_use(place, use);
    }
    for (guint i = 0; i < page->references->len; i++) {
        const DocsReference *reference = g_ptr_array_index(page->references, i);
        place->line = reference->line;
        place->column = reference->column;
        check_reference(place, reference);
    }
}

static void check_nav_item(Place *place, const DocsSite *site, const DocsNavItem *item) {
    g_auto(DocsTarget) target = {0};
    g_autofree char *page = *site->folder != '\0' ? g_strconcat(site->folder, "/.", NULL) : g_strdup(".");
    place->line = item->line;
    place->column = item->column;
    place->result->links++;
    docs_target_read(item->path, page, site->folder, &target);
    bool pattern = strpbrk(item->path, "*?") != NULL;
    bool there =
        target.kind == DOCS_TARGET_PATH && (g_hash_table_contains(place->tree->files, target.path) || g_hash_table_contains(place->tree->folders, target.path));
    if (target.kind == DOCS_TARGET_WEB)
        add_address(place, target.path);
    else if (target.kind == DOCS_TARGET_OTHER || pattern)
        place->result->passed++;
    else if (!there)
        say_missing(place, "nav", item->path, target.path != NULL ? target.path : item->path);
}

static void check_site(Place *place, const DocsSite *site) {
    place->line = MAX(site->problem_line, 1);
    place->column = 1;
    if (site->problem != NULL)
        say(place, "nav", "%s", site->problem);
    for (guint i = 0; i < site->nav->len; i++)
        check_nav_item(place, site, g_ptr_array_index(site->nav, i));
}

static void check_sites(Tree *tree, DocsLinksResult *result) {
    for (guint i = 0; i < tree->configs->len; i++) {
        Place place = {.tree = tree, .result = result, .path = g_ptr_array_index(tree->configs, i)};
        if (tree->sites[i] != NULL && !glob_match_any(tree->links->ignore, place.path))
            check_site(&place, tree->sites[i]);
    }
}

static void check_one(guint index, GByteArray *buffer, void *data) {
    Tree *tree = data;
    const char *path = g_ptr_array_index(tree->paths, index);
    (void)buffer;
    tree->each[index] = new_result();
    if (glob_match_any(tree->links->ignore, path))
        return;
    Place place = {.tree = tree, .result = &tree->each[index], .path = path, .site = site_of(tree, path)};
    if (tree->problems[index] != NULL)
        say(&place, "file", "%s", tree->problems[index]);
    if (tree->pages[index] == NULL)
        return;
    place.result->pages++;
    check_page(&place, tree->pages[index]);
}

/* ---- all ---- */

static void take_all(GPtrArray *into, GPtrArray *from) {
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(into, g_ptr_array_index(from, i));
    g_ptr_array_set_free_func(from, NULL);
}

static void merge(Tree *tree, DocsLinksResult *result) {
    for (guint i = 0; i < tree->paths->len; i++) {
        DocsLinksResult *one = &tree->each[i];
        if (one->findings == NULL)
            continue;
        take_all(result->findings, one->findings);
        take_all(result->addresses, one->addresses);
        result->pages += one->pages;
        result->links += one->links;
        result->passed += one->passed;
        docs_links_result_clear(one);
    }
}

static void forget(Tree *tree) {
    for (guint i = 0; i < tree->paths->len; i++) {
        g_clear_pointer(&tree->pages[i], docs_page_free);
        g_free(tree->problems[i]);
        docs_links_result_clear(&tree->each[i]);
    }
    for (guint i = 0; i < tree->configs->len; i++)
        g_clear_pointer(&tree->sites[i], docs_site_free);
    g_free(tree->pages);
    g_free(tree->sites);
    g_free(tree->problems);
    g_free(tree->each);
    g_ptr_array_unref(tree->paths);
    g_ptr_array_unref(tree->configs);
    g_hash_table_unref(tree->files);
    g_hash_table_unref(tree->folders);
}

/* The configurations of sites are read first: they say how pages are read. */
static bool read_all(Tree *tree, GError **error) {
    DocsReading sites = {.root = tree->links->root, .paths = tree->configs, .visit = read_site, .data = tree, .cancel = tree->links->cancel};
    DocsReading pages = {.root = tree->links->root, .paths = tree->paths, .visit = read_page, .data = tree, .cancel = tree->links->cancel};
    return docs_read(&sites, error) && docs_read(&pages, error);
}

bool docs_links(const DocsLinks *links, DocsLinksResult *result, GError **error) {
    *result = new_result();
    Tree tree = {.links = links,
                 .paths = g_ptr_array_new(),
                 .configs = g_ptr_array_new(),
                 .files = g_hash_table_new(g_str_hash, g_str_equal),
                 .folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    index_files(&tree);
    tree.pages = g_new0(DocsPage *, tree.paths->len + 1);
    tree.sites = g_new0(DocsSite *, tree.configs->len + 1);
    tree.problems = g_new0(char *, tree.paths->len + 1);
    tree.each = g_new0(DocsLinksResult, tree.paths->len + 1);
    bool done = read_all(&tree, error) && docs_each(tree.paths->len, check_one, &tree, links->cancel, error);
    if (done) {
        merge(&tree, result);
        check_sites(&tree, result);
    }
    forget(&tree);
    return done;
}
