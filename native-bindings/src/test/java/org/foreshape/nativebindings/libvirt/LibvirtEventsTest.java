package org.foreshape.nativebindings.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LibvirtEventsTest {
    private final BlockingQueue<Throwable> uncaught = new LinkedBlockingQueue<>();

    @SuppressWarnings("NullAway.Init") // Set before each test.
    private LibvirtEventLoop loop;

    @SuppressWarnings("NullAway.Init") // Set before each test.
    private Thread thread;

    @BeforeEach
    void start() {
        LibvirtHere.openOrSkip();
        loop = new LibvirtEventLoop();
        thread =
                Thread.ofPlatform()
                        .name("libvirt-events")
                        .uncaughtExceptionHandler((t, thrown) -> uncaught.add(thrown))
                        .start(loop);
    }

    @AfterEach
    @SuppressWarnings("UnnecessarilyNullChecked") // Both are null after a skip.
    void stop() throws InterruptedException {
        if (loop != null && thread != null) {
            loop.stop();
            loop.stop();
            thread.join(20_000);
            assertThat(thread.isAlive()).as("the loop ends when stopped").isFalse();
            assertThat(EventStubs.connectionCount()).as("connections left behind").isZero();
        }
    }

    @Test
    void shouldHearOfADomainThatStopsAndStarts() throws Throwable {
        try (LibvirtConnection connection = LibvirtConnection.open(LibvirtHere.TEST_URI);
                LibvirtDomain domain = connection.domainByName("test")) {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            try (LibvirtSubscription subscription = connection.subscribe(lifecycleInto(heard))) {
                assertThat(subscription).isNotNull();
                LibvirtHere.call("virDomainDestroy", domain);
                assertThat(heard.poll(20, TimeUnit.SECONDS))
                        .isEqualTo(domain.uuid() + " " + LibvirtFlags.EVENT_STOPPED);
                LibvirtHere.call("virDomainCreate", domain);
                assertThat(heard.poll(20, TimeUnit.SECONDS))
                        .isEqualTo(domain.uuid() + " " + LibvirtFlags.EVENT_STARTED);
            }
            LibvirtHere.call("virDomainDestroy", domain);
            LibvirtHere.call("virDomainCreate", domain);
            assertThat(heard.poll(200, TimeUnit.MILLISECONDS)).as("after the end").isNull();
        }
        assertThat(uncaught).isEmpty();
    }

    @Test
    void shouldSurviveAListenerThatThrows() throws Throwable {
        try (LibvirtConnection connection = LibvirtConnection.open(LibvirtHere.TEST_URI);
                LibvirtDomain domain = connection.domainByName("test")) {
            DomainEventListener broken =
                    new DomainEventListener() {
                        @Override
                        public void lifecycle(long high, long low, int event, int detail) {
                            throw new AssertionError("listener is broken");
                        }
                    };
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            connection.subscribe(broken);
            connection.subscribe(lifecycleInto(heard));
            LibvirtHere.call("virDomainDestroy", domain);
            assertThat(heard.poll(20, TimeUnit.SECONDS)).endsWith(" " + LibvirtFlags.EVENT_STOPPED);
            LibvirtHere.call("virDomainCreate", domain);
            assertThat(heard.poll(20, TimeUnit.SECONDS)).endsWith(" " + LibvirtFlags.EVENT_STARTED);
            Throwable thrown = uncaught.poll(20, TimeUnit.SECONDS);
            assertThat(thrown).isNotNull().hasMessage("listener is broken");
        }
    }

    @Test
    void shouldEndSubscriptionsWithTheConnection() {
        LibvirtConnection connection = LibvirtConnection.open(LibvirtHere.TEST_URI);
        LibvirtSubscription subscription = connection.subscribe(new DomainEventListener() {});
        LibvirtSubscription lost = connection.onLost(reason -> {});
        assertThat(EventStubs.connectionCount()).isEqualTo(1);

        connection.close();

        assertThat(EventStubs.connectionCount()).isZero();
        subscription.close();
        lost.close();
    }

    @Test
    void shouldNotRunWhenStoppedBefore() throws InterruptedException {
        LibvirtEventLoop early = new LibvirtEventLoop();
        early.stop();
        Thread run = Thread.ofPlatform().start(early);
        run.join(20_000);
        assertThat(run.isAlive()).isFalse();
    }

    private static DomainEventListener lifecycleInto(BlockingQueue<String> heard) {
        return new DomainEventListener() {
            @Override
            public void lifecycle(long high, long low, int event, int detail) {
                heard.add(new UUID(high, low) + " " + event);
            }
        };
    }
}
