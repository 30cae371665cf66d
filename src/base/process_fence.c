#include "base/process_fence.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Landlock, as the kernel's include/uapi/linux/landlock.h has it; that of the C library may be older than the kernel ---- */

#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define ASK_VERSION 1u
#define RULE_PATH_BENEATH 1

#define WRITE_FILE (UINT64_C(1) << 1)
/* REMOVE_DIR (4) to MAKE_SYM (12). */
#define CHANGE_FOLDER (UINT64_C(0x1ff) << 4)
#define REFER (UINT64_C(1) << 13)
#define TRUNCATE (UINT64_C(1) << 14)
#define TCP (UINT64_C(3))
#define SCOPED (UINT64_C(3)) /* no abstract socket of others, no signal to others */

typedef struct {
    uint64_t fs, net, scoped;
} Ruleset;

typedef struct __attribute__((packed)) {
    uint64_t allowed;
    int32_t fd;
} PathBeneath;

static bool switched_off(const char *what) {
    const char *setting = fault_setting("SLIPWAY_TEST_NO_FENCE");
    return setting != NULL && strstr(setting, what) != NULL;
}

/* Below version 2 nothing can be moved from one folder to another, which installers do. */
static int landlock_version(void) {
    long version = switched_off("landlock") ? -1 : syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
    return version < 2 ? 0 : (int)version;
}

bool process_fences_writes(void) {
    return landlock_version() > 0;
}

bool process_fences_truncation(void) {
    return landlock_version() >= 3;
}

static int allow(int rules, const char *path, uint64_t writes) {
    int fd = open(path, O_PATH | O_CLOEXEC), problem = 0;
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        problem = errno;
        if (fd >= 0)
            close(fd);
        return problem;
    }
    uint64_t allowed = S_ISDIR(info.st_mode) ? writes : writes & (WRITE_FILE | TRUNCATE);
    PathBeneath rule = {.allowed = allowed, .fd = fd};
    if (syscall(ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0) != 0)
        problem = errno;
    close(fd);
    return problem;
}

/* Files that a program expects everywhere, and by which it changes nothing. */
static const char *const harmless[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/tty"};

static int allow_all(int rules, const char *const *writable, uint64_t writes) {
    for (guint i = 0; i < G_N_ELEMENTS(harmless); i++) {
        int problem = allow(rules, harmless[i], writes);
        if (problem != 0 && problem != ENOENT)
            return problem;
    }
    for (guint i = 0; writable[i] != NULL; i++) {
        int problem = allow(rules, writable[i], writes);
        if (problem != 0)
            return problem;
    }
    return 0;
}

static int make_rules(const ProcessSpec *spec, ProcessFence *fence) {
    int version = landlock_version();
    if (version == 0 || (spec->network == PROCESS_NETWORK_NO_TCP && version < 4))
        return EOPNOTSUPP;
    Ruleset set = {0};
    if (spec->writable != NULL)
        set.fs = WRITE_FILE | CHANGE_FOLDER | REFER | (version >= 3 ? TRUNCATE : 0);
    if (spec->network == PROCESS_NETWORK_NO_TCP)
        set.net = TCP;
    if (version >= 6)
        set.scoped = SCOPED;
    fence->rules = (int)syscall(CREATE_RULESET, &set, sizeof set, 0);
    if (fence->rules < 0)
        return errno;
    return spec->writable != NULL ? allow_all(fence->rules, spec->writable, set.fs) : 0;
}

/* ---- the whole ---- */

int process_fence_open(const ProcessSpec *spec, ProcessFence *fence) {
    *fence = (ProcessFence){.rules = -1, .alone = spec->network == PROCESS_NETWORK_OWN};
    if (fence->alone && switched_off("namespace"))
        return EOPNOTSUPP;
    unsigned uid = geteuid(), gid = getegid();
    snprintf(fence->uid_map, sizeof fence->uid_map, "%u %u 1", uid, uid);
    snprintf(fence->gid_map, sizeof fence->gid_map, "%u %u 1", gid, gid);
    if (spec->writable == NULL && spec->network != PROCESS_NETWORK_NO_TCP)
        return 0;
    int problem = make_rules(spec, fence);
    if (problem != 0)
        process_fence_close(fence);
    return problem;
}

void process_fence_close(ProcessFence *fence) {
    if (fence->rules >= 0)
        close(fence->rules);
    fence->rules = -1;
}

static bool put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    int problem = errno;
    if (fd >= 0)
        close(fd);
    errno = problem;
    return done;
}

/* A test may talk to a server of its own. */
static void open_loopback(void) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    if (fd >= 0) {
        ioctl(fd, SIOCSIFFLAGS, &request);
        close(fd);
    }
}

/* user_namespaces(7): whoever may not make a network may do so in a user name space of his own. */
static bool leave_network(const ProcessFence *fence) {
    bool own = unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    bool left = own ? put("/proc/self/setgroups", "deny") && put("/proc/self/uid_map", fence->uid_map) && put("/proc/self/gid_map", fence->gid_map)
                    : unshare(CLONE_NEWNET) == 0;
    if (left)
        open_loopback();
    return left;
}

bool process_fence_enter(const ProcessFence *fence) {
    if (fence->alone && !leave_network(fence))
        return false;
    return fence->rules < 0 || (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(RESTRICT_SELF, fence->rules, 0) == 0);
}
