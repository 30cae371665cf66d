/* Names of refs, judged before git sees one: git-check-ref-format(1). */
#include "git/git.h"

#include <string.h>

static const char *objection_to_component(const char *part) {
    if (*part == '\0')
        return "it has an empty part: it begins or ends with / or holds //";
    if (*part == '.')
        return "a part of it begins with a dot";
    return g_str_has_suffix(part, ".lock") ? "a part of it ends with .lock, which is the name of git's locks" : NULL;
}

static const char *objection_to_bytes(const char *name) {
    for (const char *at = name; *at != '\0'; at++) {
        if (g_ascii_iscntrl(*at))
            return "it holds a control character";
        if (strchr(" ~^:?*[\\", *at) != NULL)
            return "it holds a blank or one of ~ ^ : ? * [ \\";
    }
    if (strstr(name, "..") != NULL || strstr(name, "@{") != NULL)
        return "it holds .. or @{";
    return g_str_has_suffix(name, ".") ? "it ends with a dot" : NULL;
}

const char *git_name_objection(GitName kind, const char *name) {
    if (*name == '\0')
        return "it is empty";
    if (*name == '-')
        return "it begins with -, which git reads as an option";
    if (kind == GIT_NAME_BRANCH && strcmp(name, "HEAD") == 0)
        return "HEAD is no branch";
    const char *wrong = objection_to_bytes(name);
    g_auto(GStrv) parts = g_strsplit(name, "/", -1);
    for (guint i = 0; wrong == NULL && parts[i] != NULL; i++)
        wrong = objection_to_component(parts[i]);
    return wrong;
}
