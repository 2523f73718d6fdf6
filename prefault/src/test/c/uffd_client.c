/*
 * A stand-in for a VMM that restores a guest from a snapshot: maps memory, registers it with a
 * userfaultfd, passes that to the page server as Firecracker does, and then touches pages as it is
 * told on standard input, one line an order and one line an answer. It checks every byte that it is
 * asked to check against a pattern that follows from the page's number.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, WORDS = PAGE / 8, REGIONS_MAX = 64 };
enum expected { OF_FILE = 0, ZERO = 1, OWN = 2 };

static char *regions[REGIONS_MAX];
static size_t region_bytes;
static int region_count = 2;
static size_t page_total;
static size_t granule = 1; /* base pages per page of the memory */
static unsigned char *expect; /* one enum expected per page */
static int uffd = -1;
static int shared_fd = -1;

static void die(const char *what) {
  printf("failed %s: %s\n", what, strerror(errno));
  fflush(stdout);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static volatile uint64_t *page_at(size_t page) {
  size_t offset = page * PAGE;
  return (volatile uint64_t *)(regions[offset / region_bytes] + offset % region_bytes);
}

static uint64_t word_of(size_t page, size_t word, enum expected kind) {
  if (kind == ZERO) return 0;
  uint64_t value = (uint64_t)(page + 1) * 0x9E3779B97F4A7C15ull + word * 0xC2B2AE3D27D4EB4Full;
  return kind == OWN ? ~value : value;
}

static int wrong_word(size_t page, size_t word) {
  return page_at(page)[word] != word_of(page, word, expect[page]);
}

static uint64_t next_random(uint64_t *state) {
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

static size_t *order_of(size_t first, size_t count, uint64_t seed) {
  size_t *order = malloc((count ? count : 1) * sizeof *order);
  for (size_t i = 0; i < count; i++) order[i] = first + i;
  for (size_t i = count; seed && i > 1; i--) {
    size_t other = next_random(&seed) % i, kept = order[i - 1];
    order[i - 1] = order[other];
    order[other] = kept;
  }
  return order;
}

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* Reads one word of each page; from startNs, so that the handshake can be counted in. */
static void touch(const char *answer, size_t first, size_t count, uint64_t seed, uint64_t start_ns) {
  size_t *order = order_of(first, count, seed);
  uint64_t *took = calloc(count ? count : 1, sizeof *took);
  size_t wrong = 0;
  if (start_ns == 0) start_ns = now_ns();
  for (size_t i = 0; i < count; i++) {
    uint64_t before = now_ns();
    wrong += (size_t)wrong_word(order[i], order[i] % WORDS);
    took[i] = now_ns() - before;
  }
  uint64_t total = now_ns() - start_ns;
  qsort(took, count, sizeof *took, by_value);
  printf("%s %zu wrong %zu ns %lu p50 %lu p99 %lu max %lu\n", answer, count, wrong, total,
         count ? took[count / 2] : 0, count ? took[count * 99 / 100] : 0,
         count ? took[count - 1] : 0);
  free(order);
  free(took);
}

struct share {
  size_t *order, from, to, wrong;
};

static void *touch_share(void *argument) {
  struct share *mine = argument;
  for (size_t i = mine->from; i < mine->to; i++)
    mine->wrong += (size_t)wrong_word(mine->order[i], mine->order[i] % WORDS);
  return NULL;
}

static void touch_by_threads(int threads, size_t first, size_t count, uint64_t seed) {
  size_t *order = order_of(first, count, seed), wrong = 0;
  pthread_t ids[64];
  struct share shares[64];
  if (threads < 1 || threads > 64) threads = 64;
  for (int i = 0; i < threads; i++) {
    shares[i] = (struct share){order, count * i / threads, count * (i + 1) / threads, 0};
    pthread_create(&ids[i], NULL, touch_share, &shares[i]);
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(ids[i], NULL);
    wrong += shares[i].wrong;
  }
  printf("touched %zu wrong %zu\n", count, wrong);
  free(order);
}

static void check(size_t first, size_t count) {
  size_t wrong = 0;
  for (size_t page = first; page < first + count; page++)
    for (size_t word = 0; word < WORDS; word++) wrong += (size_t)wrong_word(page, word);
  printf("checked %zu wrong %zu\n", count, wrong);
}

static void write_own(size_t first, size_t count) {
  for (size_t page = first; page < first + count; page++) {
    expect[page] = OWN;
    for (size_t word = 0; word < WORDS; word++) page_at(page)[word] = word_of(page, word, OWN);
  }
  printf("written %zu\n", count);
}

static void drop(size_t first, size_t count) {
  for (size_t page = first; page < first + count; page += granule) {
    if (madvise((void *)page_at(page), granule * PAGE, shared_fd >= 0 ? MADV_REMOVE : MADV_DONTNEED))
      die("madvise");
    memset(expect + page, ZERO, granule);
  }
  printf("dropped %zu\n", count);
}

/* One thread drops and checks pages, others touch them: zero or the file's, but zero in the end. */
struct racer {
  size_t first, count, wrong;
  volatile int *stop;
};

static void *race_touches(void *argument) {
  struct racer *mine = argument;
  uint64_t seed = 88172645463325252ull + mine->first;
  while (!*mine->stop) {
    size_t page = mine->first + next_random(&seed) % mine->count, word = page % WORDS;
    uint64_t value = page_at(page)[word];
    if (value != 0 && value != word_of(page, word, OF_FILE)) mine->wrong++;
  }
  return NULL;
}

static void race(int threads, size_t first, size_t count) {
  volatile int stop = 0;
  pthread_t ids[64];
  struct racer racers[64];
  size_t wrong = 0;
  if (threads < 1 || threads > 64) threads = 64;
  for (int i = 0; i < threads; i++) {
    racers[i] = (struct racer){first, count, 0, &stop};
    pthread_create(&ids[i], NULL, race_touches, &racers[i]);
  }
  for (size_t page = first; page < first + count; page++) {
    if (madvise((void *)page_at(page), PAGE, MADV_DONTNEED)) die("madvise");
    expect[page] = ZERO;
    wrong += (size_t)wrong_word(page, page % WORDS);
  }
  stop = 1;
  for (int i = 0; i < threads; i++) {
    pthread_join(ids[i], NULL);
    wrong += racers[i].wrong;
  }
  printf("raced %zu wrong %zu\n", count, wrong);
}

/* Moves the memory of a whole region elsewhere; its pages must still come from its old offset. */
static void remap(int region) {
  void *hole = mmap(NULL, region_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void *moved = mremap(regions[region], region_bytes, region_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, hole);
  if (moved == MAP_FAILED) die("mremap");
  regions[region] = moved;
  printf("remapped %d\n", region);
}

static void fork_and_touch(size_t page) {
  pid_t child = fork();
  if (child == 0) {
    _exit(page_at(page)[1] == word_of(page, 1, expect[page]) ? 0 : 1);
  }
  for (int i = 0; i < 20; i++) {
    int status;
    if (waitpid(child, &status, WNOHANG) == child) {
      printf("child %s\n", WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "right" : "wrong");
      return;
    }
    usleep(50000);
  }
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  printf("child waits\n");
}

static int describe(const char *format, size_t page_bytes, char *into, size_t limit) {
  int n = 0;
  if (!strcmp(format, "garbled")) return snprintf(into, limit, "[{\"base_host_virt_addr\": oops}]");
  if (!strcmp(format, "empty")) return snprintf(into, limit, "[]");
  if (!strcmp(format, "wrapped")) n += snprintf(into, limit, "{\"pid\": %d, \"mappings\": ", getpid());
  n += snprintf(into + n, limit - (size_t)n, "[");
  for (int i = 0; i < region_count; i++) {
    unsigned long base = (unsigned long)regions[i] + (!strcmp(format, "unaligned") ? 512 : 0);
    n += snprintf(into + n, limit - (size_t)n, "%s{\"base_host_virt_addr\":%lu,\"size\":%zu,\"offset\":%zu",
                  i ? "," : "", base, region_bytes, (size_t)i * region_bytes);
    if (strcmp(format, "old"))
      n += snprintf(into + n, limit - (size_t)n, ",\"page_size\":%zu,\"page_size_kib\":%zu", page_bytes, page_bytes);
    n += snprintf(into + n, limit - (size_t)n, "}");
  }
  n += snprintf(into + n, limit - (size_t)n, "]");
  if (!strcmp(format, "wrapped")) n += snprintf(into + n, limit - (size_t)n, "}");
  return !strcmp(format, "short") ? n / 2 : n;
}

static void hand_over(const char *path, const char *format, size_t page_bytes) {
  static char body[65536];
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (connect(s, (struct sockaddr *)&address, sizeof address)) die("connect");
  struct iovec bytes = {body, (size_t)describe(format, page_bytes, body, sizeof body)};
  char control[CMSG_SPACE(2 * sizeof(int))] = {0};
  struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
  if (strcmp(format, "nofd")) {
    int fds[2] = {!strcmp(format, "wrongfd") ? STDERR_FILENO : uffd, shared_fd};
    size_t fd_bytes = (shared_fd >= 0 ? 2 : 1) * sizeof(int);
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fd_bytes);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fd_bytes);
    memcpy(CMSG_DATA(header), fds, fd_bytes);
  }
  if (sendmsg(s, &message, 0) < 0) die("sendmsg");
  close(s);
}

static void map_and_register(size_t mib, size_t page_bytes, uint64_t features, int shared) {
  struct uffdio_api api = {.api = UFFD_API, .features = features | (shared ? UFFD_FEATURE_MINOR_SHMEM : 0)};
  uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  if (uffd < 0) die("userfaultfd");
  if (ioctl(uffd, UFFDIO_API, &api)) die("UFFDIO_API");
  region_bytes = mib * 1048576 / (size_t)region_count;
  granule = page_bytes / PAGE;
  page_total = region_bytes * (size_t)region_count / PAGE;
  expect = calloc(page_total, 1);
  if (shared) {
    shared_fd = memfd_create("guest", MFD_CLOEXEC);
    if (shared_fd < 0 || ftruncate(shared_fd, (off_t)(page_total * PAGE))) die("memfd");
  }
  for (int i = 0; i < region_count; i++) {
    int flags = shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    if (page_bytes > PAGE) flags |= MAP_HUGETLB;
    regions[i] = mmap(NULL, region_bytes, PROT_READ | PROT_WRITE, flags, shared_fd, shared ? (off_t)((size_t)i * region_bytes) : 0);
    if (regions[i] == MAP_FAILED) die("mmap");
    struct uffdio_register range = {
        .range = {(unsigned long)regions[i], region_bytes},
        .mode = UFFDIO_REGISTER_MODE_MISSING | (shared ? UFFDIO_REGISTER_MODE_MINOR : 0)};
    if (ioctl(uffd, UFFDIO_REGISTER, &range)) die("UFFDIO_REGISTER");
  }
}

static int obey(const char *line) {
  size_t first, count;
  unsigned long seed;
  int n;
  if (sscanf(line, "touch %zu %zu %lu", &first, &count, &seed) == 3) touch("touched", first, count, seed, 0);
  else if (sscanf(line, "threads %d %zu %zu %lu", &n, &first, &count, &seed) == 4) touch_by_threads(n, first, count, seed);
  else if (sscanf(line, "race %d %zu %zu", &n, &first, &count) == 3) race(n, first, count);
  else if (sscanf(line, "check %zu %zu", &first, &count) == 2) check(first, count);
  else if (sscanf(line, "write %zu %zu", &first, &count) == 2) write_own(first, count);
  else if (sscanf(line, "drop %zu %zu", &first, &count) == 2) drop(first, count);
  else if (sscanf(line, "remap %d", &n) == 1) remap(n);
  else if (sscanf(line, "fork %zu", &first) == 1) fork_and_touch(first);
  else if (!strncmp(line, "closefd", 7)) { close(uffd); printf("closed\n"); }
  else if (!strncmp(line, "quit", 4)) return 0;
  else printf("unknown %s", line);
  return 1;
}

int main(int argc, char **argv) {
  const char *path = NULL, *format = "plain";
  size_t mib = 16, page_bytes = PAGE, pass_first = 0, pass_count = 0;
  unsigned long pass_seed = 0;
  uint64_t features = UFFD_FEATURE_EVENT_REMOVE;
  int shared = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--socket")) path = argv[i + 1];
    else if (!strcmp(argv[i], "--mib")) mib = strtoul(argv[i + 1], NULL, 10);
    else if (!strcmp(argv[i], "--regions")) region_count = atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "--page")) page_bytes = strtoul(argv[i + 1], NULL, 10);
    else if (!strcmp(argv[i], "--format")) format = argv[i + 1];
    else if (!strcmp(argv[i], "--shared")) shared = atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "--features")) features = strtoul(argv[i + 1], NULL, 0);
    else if (!strcmp(argv[i], "--pass")) sscanf(argv[i + 1], "%zu,%zu,%lu", &pass_first, &pass_count, &pass_seed);
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  map_and_register(mib, page_bytes, features, shared);
  uint64_t start_ns = now_ns();
  hand_over(path, format, page_bytes);
  if (pass_count) touch("pass", pass_first, pass_count, pass_seed, start_ns);
  printf("sent %d\n", getpid());
  char line[256];
  while (fgets(line, sizeof line, stdin) && obey(line)) fflush(stdout);
  return 0;
}
