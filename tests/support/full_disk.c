/* For LD_PRELOAD: while the file FULL_DISK says so (its first byte is not 0), nothing can be written to any file, as on a
 * disk without room. Pipes and sockets are not files. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_full(int file) {
    static const volatile char *full;
    struct stat seen;
    if (!full) {
        const char *path = getenv("FULL_DISK");
        int flag = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        void *mapped = flag < 0 ? MAP_FAILED : mmap(0, 1, PROT_READ, MAP_SHARED, flag, 0);
        if (mapped == MAP_FAILED) abort();
        close(flag);
        full = mapped;
    }
    return *full && fstat(file, &seen) == 0 && S_ISREG(seen.st_mode);
}

#define UNLESS_FULL(file, ...) \
    if (is_full(file)) { errno = ENOSPC; return -1; } \
    return syscall(__VA_ARGS__)

ssize_t write(int file, const void *data, size_t bytes) { UNLESS_FULL(file, SYS_write, file, data, bytes); }

ssize_t writev(int file, const struct iovec *parts, int count) {
    UNLESS_FULL(file, SYS_writev, file, parts, count);
}

ssize_t pwrite64(int file, const void *data, size_t bytes, off64_t at) {
    UNLESS_FULL(file, SYS_pwrite64, file, data, bytes, at);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at) {
    UNLESS_FULL(file, SYS_pwritev, file, parts, count, at, 0L);
}

ssize_t pwrite(int file, const void *data, size_t bytes, off_t at) { return pwrite64(file, data, bytes, at); }

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) {
    return pwritev64(file, parts, count, at);
}
