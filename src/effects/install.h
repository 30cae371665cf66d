/* Installing an artifact on trial, as a stranger would: into a fresh place below the run's folder, from the artifact alone, without network and without
 * writing anywhere else, as far as this machine keeps a program from it; then it is imported or run and asked for its version. What install-test and
 * upgrade-test share, and the table of ecosystems (installers.def): one file each, `const Installer effects_STEM`.
 *
 * Calls, in order: effects_install_begin; effects_install_put, once for each artifact that is installed over the last; effects_install_check;
 * effects_install_end. Nothing is left behind: everything, HOME, TMPDIR and caches included, is below one folder, which undo removes too. */
#pragma once

#include "base/process.h"
#include "effects/artifact.h"

typedef struct Installer Installer;

typedef struct {
    EffectRun *run;
    const Installer *installer;
    char *slug;                 /* the effect's id as the name of a file */
    char *home;                 /* everything of this test; absolute */
    char *root;                 /* home/root: what it is installed into; {dir} of the user's commands */
    char *artifact;             /* path of what is installed; {artifact} */
    char *package;              /* what it is called there; set by the installer */
    const char *version, *also; /* what the installed one must say, in both spellings; also may be NULL */
    char *untried;              /* why it was not tried; NULL: it was */
    char *note;                 /* what came of it, in a line */
    bool earlier;               /* it is the release before that is installed: its version is asked, its commands are not run */
    char **env;
    bool fenced;            /* its commands write only below home */
    ProcessNetwork network; /* what its commands have of it */
} Install;

struct Installer {
    const char *name;                /* "python": the kind of a package */
    const char *alias;               /* another word for it, or NULL */
    const char *doc;                 /* for the plan, behind "install X": "into a fresh virtual environment and import it" */
    const char *program;             /* without which there is no test; NULL: none */
    const char *bin;                 /* below root: where its programs are, for PATH; NULL: none */
    bool needs_command;              /* nothing but the user's command tries it */
    bool (*takes)(const char *file); /* is a file of this name one to install? */
    /* Makes root, empty of what is to come. NULL: an empty folder. */
    bool (*prepare)(Install *install, GError **error);
    /* Installs `artifact`, over what is there, and tries it: judges what it says, sets untried and note, adds to the result. */
    bool (*put)(Install *install, GError **error);
    /* Adds the paths below root that belong to what is installed now. NULL: an upgrade is only tried by the user's command. */
    bool (*owned)(Install *install, GHashTable *paths, GError **error);
};

const Installer *effects_installer(const char *name); /* NULL: none */
/* Which of the files is installed. wish: {version, also, package (its name) or null, artifact (a glob) or null}. NULL and PACKAGE: none, or several. Borrowed.
 */
const char *effects_install_choose(const Installer *installer, const json_t *wish, const json_t *files, GError **error);

bool effects_install_begin(EffectRun *run, Install *install, GError **error);
/* Where what is to be installed lies, proven to be what was built: in params.folder, or fetched from params.forge. g_free. */
char *effects_install_find(Install *install, GError **error);
/* Installs the file at `path` and holds what it says against params.version and params.also (of `wish`, which is borrowed). */
bool effects_install_put(Install *install, const char *path, const json_t *wish, GError **error);
/* The user's command, params.check_run. True when there is none. */
bool effects_install_check(Install *install, GError **error);
/* Puts what came of it into the result and says it. What was not tried is never said to be right. */
void effects_install_report(const Install *install);
void effects_install_end(Install *install);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Install, effects_install_end)
bool effects_install_undo(EffectRun *run, GError **error);

/* For installers: a command in `cwd` (NULL: home), without network. log: what its log is called behind the effect's id. A failure is the error PACKAGE. */
bool effects_install_run(Install *install, const char *const *words, const char *cwd, const char *log, GError **error);
/* The same; *ok says whether it succeeded, *output, if given, what it printed (g_free). */
typedef struct {
    bool ok;
    char *output;
} InstallAnswer;
bool effects_install_try(Install *install, const char *const *words, const char *cwd, const char *log, InstallAnswer *answer, GError **error);
/* params.version_run, with the version looked for in what it prints. True, and *ran false, when there is none. */
bool effects_install_version_run(Install *install, bool *ran, GError **error);
/* PACKAGE when `is` is neither spelling of the version. */
bool effects_install_judge(const Install *install, const char *what, const char *is, GError **error);
/* Does text hold the version, as a word of its own? */
bool effects_install_says(const char *text, const char *version);
/* Unpacks the artifact into home/NAME, afresh; the folder that everything lies in: its only one, else home/NAME itself. g_free. */
char *effects_install_unpack(Install *install, const char *name, GError **error);
/* A folder of what it needs besides: params.find_links, absolute. g_free; NULL: none. */
char *effects_install_links(const Install *install);
/* The paths of all files and links below a folder, relative to it, each behind `prefix`, added to the set. Through no link. */
bool effects_install_list(const char *folder, const char *prefix, GHashTable *paths, GError **error);
/* Do the user's commands name this, as {dir}? */
bool effects_install_uses(const EffectRun *run, const char *placeholder);
