/* The load: asks, checks every answer, and says how long each took.
 *
 * loader PORT FILE [--window N | --rate PER_SECOND] [--seconds S | --passes N] [--sockets N]
 *        [--unique FIRST] [--echo] [--patience SECONDS]
 *
 * FILE has `name TYPE EXPECTED` a line; EXPECTED is R (refused), A (the authority's answer) or -
 * (any answer that is no failure). --window keeps so many questions in flight; --rate asks evenly
 * and never waits (open loop: a slow answer delays no question, so the worst wait is really the
 * worst). Latency runs from our send to the kernel's own mark on the answer in the open loop, so a
 * busy core on our side adds nothing to it. --unique writes a growing number over the first twelve
 * characters of each name: no name is ever asked twice. --echo takes any echo for an answer.
 * What --patience does not suffice for is lost. SIGTERM ends the asking early. One line of JSON
 * comes out.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, SIZE = 1500, IDS = 1 << 16, MAX_SOCKETS = 64, UNIQUE = 12 };
enum { BUCKETS = 1000000, LATE_US = 20000, A = 1, AAAA = 28, ANY = 255 };
static const int64_t SECOND = 1000000000;

struct question {
    uint8_t *wire; /* name, type, class */
    uint16_t length, type;
    char expected;
};

struct flight {
    int64_t at; /* 0: no question of this id is out */
    uint64_t number;
    uint32_t question;
};

static const uint8_t public4[] = {93, 184, 215, 14};
static const uint8_t public6[] = {0x26, 0x06, 0x28, 0, 0x02, 0x1f, 0xcb, 0x07,
                                  0x68, 0x20, 0x80, 0xda, 0xaf, 0x6b, 0x8b, 0x2c};
static const struct {
    const char *name;
    uint16_t number;
} types[] = {{"A", A},      {"AAAA", AAAA}, {"HTTPS", 65}, {"PTR", 12}, {"SRV", 33},
             {"TXT", 16},   {"MX", 15},     {"NS", 2},     {"SOA", 6},  {"CAA", 257},
             {"SVCB", 64},  {"ANY", ANY},   {"CNAME", 5}};

static struct question *questions;
static uint32_t question_count;
static struct flight *flights[MAX_SOCKETS];
static uint16_t next_id[MAX_SOCKETS];
static uint64_t next_number;
static uint32_t histogram[BUCKETS + 1];
static uint64_t sent, answered, wrong, late, lost, in_flight;
static int64_t longest, longest_gap, last_answer, sender_late;
static int sockets = 1, is_echo, is_unique, is_open;
static volatile sig_atomic_t is_over;

static void finish(int signal)
{
    (void)signal;
    is_over = 1;
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t); /* the clock of the kernel's marks on datagrams */
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* False where a line is no question that can be asked. */
static int read_question(char *line, struct question *out)
{
    char name[512], type[16], expected = '-';
    if (sscanf(line, "%511s %15s %c", name, type, &expected) < 2)
        return 0;
    out->type = 0;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].name, type))
            out->type = types[i].number;
    uint8_t wire[300], *end = wire;
    for (char *label = strtok(name, "."); label; label = strtok(NULL, ".")) {
        size_t length = strlen(label);
        if (length > 63 || end + length + 1 > wire + 254)
            return 0;
        *end++ = (uint8_t)length;
        memcpy(end, label, length);
        end += length;
    }
    *end++ = 0;
    *end++ = (uint8_t)(out->type >> 8);
    *end++ = (uint8_t)out->type;
    *end++ = 0;
    *end++ = 1;
    out->length = (uint16_t)(end - wire);
    out->expected = expected;
    out->wire = malloc(out->length);
    memcpy(out->wire, wire, out->length);
    return out->type && (!is_unique || wire[0] >= UNIQUE);
}

static void read_questions(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        die(path);
    char line[600];
    uint32_t room = 0;
    while (fgets(line, sizeof line, file)) {
        if (question_count == room)
            questions = realloc(questions, (room = room ? room * 2 : 1024) * sizeof *questions);
        question_count += (uint32_t)read_question(line, &questions[question_count]);
    }
    fclose(file);
    if (!question_count) {
        fprintf(stderr, "loader: no question in %s\n", path);
        exit(1);
    }
}

static void put_number(uint8_t *label, uint64_t number)
{
    for (int i = UNIQUE - 1; i >= 0; i--, number >>= 4)
        label[i] = (uint8_t)"0123456789abcdef"[number & 15];
}

static size_t write_question(uint8_t *out, int place, uint32_t which)
{
    const struct question *q = &questions[which];
    uint16_t id = next_id[place]++;
    struct flight *flight = &flights[place][id];
    if (flight->at)
        lost++, in_flight--; /* 65,536 questions ago: nobody answers that any more */
    flight->question = which;
    flight->number = next_number;
    const uint8_t header[] = {(uint8_t)(id >> 8), (uint8_t)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    memcpy(out, header, sizeof header);
    memcpy(out + sizeof header, q->wire, q->length);
    if (is_unique)
        put_number(out + sizeof header + 1, next_number++);
    flight->at = now();
    sent++, in_flight++;
    return sizeof header + q->length;
}

/* The rdata of the last record of this type among the answers, or NULL. */
static const uint8_t *find(const uint8_t *m, size_t length, size_t at, int type, size_t size)
{
    const uint8_t *found = NULL;
    for (int count = m[6] << 8 | m[7]; count; count--) {
        while (at < length && m[at] && m[at] < 0xc0)
            at += m[at] + 1u;
        at += at < length && m[at] ? 2 : 1;
        if (at + 10 > length)
            return NULL;
        size_t rdata = (size_t)(m[at + 8] << 8 | m[at + 9]);
        if ((m[at] << 8 | m[at + 1]) == type && rdata == size && at + 10 + rdata <= length)
            found = m + at + 10;
        at += 10 + rdata;
    }
    return found;
}

static int is_right(const uint8_t *m, size_t length, const struct question *q)
{
    static const uint8_t nothing[16];
    int rcode = m[3] & 15, has_answers = m[6] || m[7];
    if (is_echo)
        return 1;
    if (m[2] & 2)
        return 0; /* truncated: nothing here is that long */
    size_t size = q->type == A ? 4 : 16;
    const uint8_t *address = NULL;
    if (q->type == A || q->type == AAAA)
        address = find(m, length, 12u + q->length, q->type, size);
    switch (q->expected) {
    case 'R':
        return rcode == 3 || (!rcode && !has_answers) ||
               (!rcode && address && !memcmp(address, nothing, size));
    case 'A':
        if (q->type == A || q->type == AAAA)
            return !rcode && address && !memcmp(address, q->type == A ? public4 : public6, size);
        return !rcode;
    default:
        return !rcode || rcode == 3 || (rcode == 4 && q->type == ANY);
    }
}

static void take(int place, const uint8_t *m, size_t length, int64_t at)
{
    if (length < 12 || !(m[2] & 0x80))
        return;
    struct flight *flight = &flights[place][m[0] << 8 | m[1]];
    if (!flight->at)
        return; /* an answer given up already, or a second one */
    const struct question *q = &questions[flight->question];
    uint8_t asked[300];
    memcpy(asked, q->wire, q->length);
    if (is_unique)
        put_number(asked + 1, flight->number);
    if (length < 12u + q->length || memcmp(m + 12, asked, q->length) || !is_right(m, length, q)) {
        if (wrong++ < 3) {
            fprintf(stderr, "loader: wrong: rcode %d, %d answers, type %d, expected %c, for ",
                    m[3] & 15, m[6] << 8 | m[7], q->type, q->expected);
            for (const uint8_t *label = asked; *label; label += *label + 1)
                fprintf(stderr, "%.*s.", *label, label + 1);
            fputc('\n', stderr);
        }
    }
    int64_t latency = at - flight->at;
    if (latency < 0)
        latency = 0;
    if (latency > longest)
        longest = latency;
    if (last_answer && at - last_answer > longest_gap)
        longest_gap = at - last_answer;
    last_answer = at;
    latency /= 1000;
    late += latency > LATE_US;
    histogram[latency < BUCKETS ? latency : BUCKETS]++;
    flight->at = 0;
    answered++, in_flight--;
}

/* Reads what is there; how many answers that was. */
static int drain(int fd, int place)
{
    static uint8_t data[BATCH][SIZE];
    static uint8_t control[BATCH][64];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){data[i], SIZE};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i],
                                              .msg_iovlen = 1,
                                              .msg_control = control[i],
                                              .msg_controllen = is_open ? sizeof control[i] : 0};
    }
    int came = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
    int64_t at = now();
    for (int i = 0; i < came; i++) {
        struct cmsghdr *mark = is_open ? CMSG_FIRSTHDR(&messages[i].msg_hdr) : NULL;
        if (mark && mark->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec t;
            memcpy(&t, CMSG_DATA(mark), sizeof t);
            at = t.tv_sec * SECOND + t.tv_nsec;
        }
        take(place, data[i], messages[i].msg_len, at);
    }
    return came > 0 ? came : 0;
}

static void ask(int fd, int place, unsigned count, uint64_t *position)
{
    static uint8_t data[BATCH][SIZE];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];
    if (count > BATCH)
        count = BATCH;
    for (unsigned i = 0; i < count; i++) {
        size_t length = write_question(data[i], place, (uint32_t)((*position)++ % question_count));
        parts[i] = (struct iovec){data[i], length};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    for (unsigned done = 0; done < count;) {
        int more = sendmmsg(fd, messages + done, count - done, 0);
        if (more < 0 && errno != ECONNREFUSED && errno != EINTR && errno != ENOBUFS)
            die("sendmmsg");
        done += more > 0 ? (unsigned)more : errno == EINTR ? 0 : 1;
    }
}

static void give_up(int64_t before)
{
    for (int place = 0; place < sockets; place++)
        for (int id = 0; id < IDS; id++)
            if (flights[place][id].at && flights[place][id].at < before)
                flights[place][id].at = 0, lost++, in_flight--;
}

static double percentile(double share)
{
    uint64_t wanted = (uint64_t)((double)answered * share), seen = 0;
    for (int us = 0; us < BUCKETS; us++)
        if ((seen += histogram[us]) > wanted)
            return us + 0.5;
    return (double)longest / 1000;
}

int main(int argc, char **argv)
{
    static const struct option names[] = {
        {"window", 1, 0, 'w'}, {"rate", 1, 0, 'r'},   {"seconds", 1, 0, 's'},
        {"passes", 1, 0, 'n'}, {"sockets", 1, 0, 'c'}, {"unique", 1, 0, 'u'},
        {"echo", 0, 0, 'e'},   {"patience", 1, 0, 'p'}, {0, 0, 0, 0}};
    unsigned window = 100;
    double rate = 0, seconds = 0, patience = 1;
    uint64_t passes = 0;
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;)
        switch (c) {
        case 'w': window = (unsigned)atoi(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 's': seconds = atof(optarg); break;
        case 'n': passes = strtoull(optarg, NULL, 10); break;
        case 'c': sockets = atoi(optarg); break;
        case 'u': next_number = strtoull(optarg, NULL, 10), is_unique = 1; break;
        case 'e': is_echo = 1; break;
        case 'p': patience = atof(optarg); break;
        default: return 2;
        }
    if (argc - optind != 2 || sockets < 1 || sockets > MAX_SOCKETS || (!seconds && !passes)) {
        fputs("usage: loader PORT FILE [--window N | --rate N] --seconds S | --passes N\n", stderr);
        return 2;
    }
    read_questions(argv[optind + 1]);
    is_open = rate > 0;
    signal(SIGTERM, finish);
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);

    struct sockaddr_in there = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(argv[optind])),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct pollfd polls[MAX_SOCKETS];
    for (int i = 0; i < sockets; i++) {
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), room = 4 << 20, on = 1;
        if (fd < 0 || connect(fd, (struct sockaddr *)&there, sizeof there) < 0)
            die("socket");
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        if (is_open)
            setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
        polls[i] = (struct pollfd){fd, POLLIN, 0};
        flights[i] = calloc(IDS, sizeof **flights);
    }

    uint64_t position = 0, limit = passes ? passes * question_count : UINT64_MAX;
    int64_t began = now(), swept = began;
    int64_t end = seconds > 0 ? began + (int64_t)(seconds * (double)SECOND) : INT64_MAX;
    int64_t gap = is_open ? (int64_t)((double)SECOND / rate) : 0, due = began, t = began;
    int64_t last_sent = began, patience_ns = (int64_t)(patience * (double)SECOND);
    unsigned out[MAX_SOCKETS] = {0};
    for (int turn = 0;; t = now()) {
        if (is_over && t < end)
            end = t;
        int is_asking = t < end && position < limit;
        if (!is_asking && (!in_flight || t > last_sent + patience_ns))
            break;
        if (is_asking && is_open) {
            for (; due <= t && position < limit; due += gap, turn = (turn + 1) % sockets) {
                if (t - due > sender_late)
                    sender_late = t - due;
                ask(polls[turn].fd, turn, 1, &position);
            }
            last_sent = t;
        } else if (is_asking) {
            unsigned share = window / (unsigned)sockets ? window / (unsigned)sockets : 1;
            for (int i = 0; i < sockets; i++)
                while (out[i] < share && position < limit) {
                    uint64_t left = limit - position;
                    unsigned room = share - out[i] < BATCH ? share - out[i] : BATCH;
                    unsigned count = left < room ? (unsigned)left : room;
                    ask(polls[i].fd, i, count, &position);
                    out[i] += count;
                }
            last_sent = t;
        }
        int came = 0;
        for (int i = 0; i < sockets; i++)
            if (sockets == 1 || polls[i].revents || !is_open) {
                int more = drain(polls[i].fd, i);
                out[i] -= (unsigned)more < out[i] ? (unsigned)more : out[i];
                came += more;
            }
        if (!came) {
            int64_t wait = is_asking && is_open ? due - now() : SECOND / 100;
            struct timespec until = {0, wait > 0 ? (wait < SECOND ? wait : SECOND - 1) : 0};
            ppoll(polls, (nfds_t)sockets, &until, NULL);
        } else if (sockets > 1 && is_open) {
            for (int i = 0; i < sockets; i++)
                polls[i].revents = POLLIN;
        }
        if (!is_open && t - swept > SECOND / 4) {
            uint64_t before = lost;
            give_up(t - patience_ns);
            swept = t;
            if (lost > before) /* which socket they were out on matters little: all start anew */
                for (int i = 0; i < sockets; i++)
                    out[i] = (unsigned)(in_flight / (unsigned)sockets);
        }
    }
    give_up(INT64_MAX);
    double took = (double)((t < end ? t : end) - began) / (double)SECOND;
    printf("{\"sent\": %llu, \"answered\": %llu, \"lost\": %llu, \"wrong\": %llu, \"late\": %llu, "
           "\"seconds\": %.4f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f, "
           "\"gap_us\": %.1f, \"sender_late_us\": %.1f}\n",
           (unsigned long long)sent, (unsigned long long)answered, (unsigned long long)lost,
           (unsigned long long)wrong, (unsigned long long)late, took, percentile(0.5),
           percentile(0.99), (double)longest / 1000, (double)longest_gap / 1000,
           (double)sender_late / 1000);
    return 0;
}
