//! Who is sent to next, so that nobody has to wait for those who are slow. Pure: what is due and on its way goes in.
//!
//! What is scarce is the time of a place on the way, and an endpoint takes as much of it as it makes who sends wait: silence
//! and an answer of 200 after four seconds cost the same. So places are shared out in turns, among workspaces and then among
//! the endpoints of each, and half of all places is kept from endpoints that are known to be slow, whatever they answer.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use subclip_core::{WebhookId, WorkspaceId};
use subclip_db::delivery::Due;

/// Deliveries on their way at once.
const IN_ALL: usize = 256;
/// And to one workspace's endpoints.
const TO_WORKSPACE: usize = 64;
/// And to one endpoint.
pub(super) const TO_ONE: usize = 4;
/// And to one whose last attempt failed, or that was never heard of: it may be anything.
const TO_ONE_IN_DOUBT: usize = 1;
/// An endpoint whose last answer took longer than this is slow.
const PROMPT: Duration = Duration::from_secs(1);
/// Endpoints that are remembered, about.
const REMEMBERED: usize = 10_000;

/// Places that are taken, of all or of a workspace's.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    in_all: usize,
    by_slow: usize,
}

impl Taken {
    fn add(&mut self, slow: bool) {
        self.in_all += 1;
        self.by_slow += usize::from(slow);
    }

    fn has_room(self, most: usize, slow: bool) -> bool {
        self.in_all < most && (!slow || self.by_slow < most / 2)
    }
}

/// What is remembered of an endpoint.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// The number of the last place that it got, of all places that were ever given.
    served: u64,
    /// Whether its last answer made who sent wait; nothing where there was none yet.
    slow: Option<bool>,
}

/// Shares places out, and remembers what is needed for that.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    known: HashMap<WebhookId, Known>,
    given: u64,
}

impl Sharing {
    /// Notes how long an endpoint made who sent to it wait.
    pub(super) fn heard(&mut self, webhook: WebhookId, took: Duration) {
        self.known.entry(webhook).or_default().slow = Some(took > PROMPT);
    }

    /// Begins to share out what is free, beside what is on its way to these.
    pub(super) fn begin(
        &mut self,
        due: &[Due],
        on_their_way: impl IntoIterator<Item = (WebhookId, WorkspaceId)>,
    ) -> Share<'_> {
        if self.known.len() > REMEMBERED {
            self.forget(due);
        }
        let mut share =
            Share { taken: Taken::default(), workspaces: Vec::new(), lines: Vec::new(), sharing: self };
        let mut places = HashMap::new();
        let mut to_one: HashMap<WebhookId, usize> = HashMap::new();
        for (webhook, workspace) in on_their_way {
            let slow = share.sharing.known(webhook).slow == Some(true);
            share.taken.add(slow);
            let place = share.workspace(&mut places, workspace);
            share.workspaces[place].add(slow);
            *to_one.entry(webhook).or_default() += 1;
        }
        for due in due {
            let Known { served, slow } = share.sharing.known(due.webhook);
            let workspace = share.workspace(&mut places, due.workspace);
            let most = if due.failing || slow.is_none() { TO_ONE_IN_DOUBT } else { TO_ONE };
            let on_their_way = to_one.get(&due.webhook).copied().unwrap_or(0);
            let slow = slow == Some(true);
            share.lines.push(Line { webhook: due.webhook, workspace, most, on_their_way, slow, served });
        }
        share
    }

    fn known(&self, webhook: WebhookId) -> Known {
        self.known.get(&webhook).copied().unwrap_or_default()
    }

    /// Forgets those that have had no place for long and want none.
    fn forget(&mut self, due: &[Due]) {
        let due: HashSet<_> = due.iter().map(|due| due.webhook).collect();
        let oldest = self.given.saturating_sub(REMEMBERED as u64 / 2);
        self.known.retain(|webhook, known| known.served > oldest || due.contains(webhook));
    }
}

/// An endpoint to which something is due.
#[derive(Debug, Clone, Copy)]
struct Line {
    webhook: WebhookId,
    /// Which one of the workspaces.
    workspace: usize,
    most: usize,
    on_their_way: usize,
    slow: bool,
    served: u64,
}

/// One sharing out.
pub(super) struct Share<'a> {
    sharing: &'a mut Sharing,
    taken: Taken,
    workspaces: Vec<Taken>,
    lines: Vec<Line>,
}

impl Share<'_> {
    /// The endpoint that gets the next place; `None` where there is no place, or nobody who may have it. First is whose
    /// workspace has the fewest places, then who has the fewest, then who has waited longest since getting one.
    pub(super) fn next(&self) -> Option<WebhookId> {
        let may = |line: &&Line| {
            line.on_their_way < line.most
                && self.taken.has_room(IN_ALL, line.slow)
                && self.workspaces[line.workspace].has_room(TO_WORKSPACE, line.slow)
        };
        let turn = |line: &&Line| (self.workspaces[line.workspace].in_all, line.on_their_way, line.served);
        self.lines.iter().filter(may).min_by_key(turn).map(|line| line.webhook)
    }

    /// It took the place.
    pub(super) fn took(&mut self, webhook: WebhookId) {
        self.sharing.given += 1;
        self.sharing.known.entry(webhook).or_default().served = self.sharing.given;
        let Some(line) = self.lines.iter_mut().find(|line| line.webhook == webhook) else { return };
        line.on_their_way += 1;
        line.served = self.sharing.given;
        self.taken.add(line.slow);
        self.workspaces[line.workspace].add(line.slow);
    }

    /// It has no use for one.
    pub(super) fn passed(&mut self, webhook: WebhookId) {
        self.lines.retain(|line| line.webhook != webhook);
    }

    fn workspace(&mut self, places: &mut HashMap<WorkspaceId, usize>, workspace: WorkspaceId) -> usize {
        *places.entry(workspace).or_insert_with(|| {
            self.workspaces.push(Taken::default());
            self.workspaces.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An endpoint of a world that has no other time than its own.
    #[derive(Clone, Copy)]
    struct Endpoint {
        workspace: u8,
        /// How long it makes who sends wait.
        takes_ms: u64,
        fails: bool,
        /// What is still to be sent to it.
        left: u32,
    }

    fn webhook(n: usize) -> WebhookId {
        WebhookId::from_bytes((n as u128).to_be_bytes())
    }

    /// When each endpoint had got its last, in ms; an endpoint that fails gets it again and again.
    fn run(mut endpoints: Vec<Endpoint>, until_ms: u64) -> Vec<Option<u64>> {
        let mut sharing = Sharing::default();
        let mut flying: Vec<(u64, usize)> = Vec::new();
        let mut failing = vec![false; endpoints.len()];
        let mut done = vec![None; endpoints.len()];
        let mut now_ms = 0;
        while now_ms <= until_ms {
            let due: Vec<Due> = (0..endpoints.len())
                .filter(|&n| endpoints[n].left > 0)
                .map(|n| Due {
                    webhook: webhook(n),
                    workspace: WorkspaceId::from_bytes([endpoints[n].workspace; 16]),
                    failing: failing[n],
                })
                .collect();
            let on_their_way: Vec<_> = flying
                .iter()
                .map(|&(_, n)| (webhook(n), WorkspaceId::from_bytes([endpoints[n].workspace; 16])))
                .collect();
            let mut share = sharing.begin(&due, on_their_way);
            while let Some(next) = share.next() {
                let n = (0..endpoints.len()).find(|&n| webhook(n) == next).unwrap();
                if endpoints[n].left == 0 {
                    share.passed(next);
                    continue;
                }
                endpoints[n].left -= 1;
                flying.push((now_ms + endpoints[n].takes_ms, n));
                share.took(next);
            }
            assert!(flying.len() <= IN_ALL);
            let Some(&(next_ms, _)) = flying.iter().min() else { break };
            now_ms = next_ms;
            for (_, n) in flying.extract_if(.., |(at_ms, _)| *at_ms == now_ms) {
                sharing.heard(webhook(n), Duration::from_millis(endpoints[n].takes_ms));
                failing[n] = endpoints[n].fails;
                endpoints[n].left += u32::from(endpoints[n].fails);
                if endpoints[n].left == 0 {
                    done[n] = Some(now_ms);
                }
            }
        }
        done
    }

    const PROMPT_ONE: Endpoint = Endpoint { workspace: 1, takes_ms: 10, fails: false, left: 100 };

    #[test]
    fn slow_endpoints_that_succeed_delay_nobody() {
        let slow = Endpoint { takes_ms: 4000, ..PROMPT_ONE };
        let done = run([vec![slow; 40], vec![PROMPT_ONE]].concat(), 90_000);
        assert!(done[40].unwrap() <= 5000, "{done:?}");
        // And each of them gets its share: what 32 places carry in that time.
        let rest = run(vec![Endpoint { left: 18, ..slow }; 40], 95_000);
        assert!(rest.iter().all(Option::is_some), "{rest:?}");
    }

    #[test]
    fn silent_endpoints_delay_none_that_failed_once() {
        let silent = Endpoint { takes_ms: 5000, fails: true, ..PROMPT_ONE };
        let once = Endpoint { left: 200, ..PROMPT_ONE };
        let done = run([vec![silent; 64], vec![once; 4]].concat(), 60_000);
        assert!(done[64..].iter().all(|at| at.is_some_and(|at_ms| at_ms <= 11_000)), "{done:?}");
    }

    #[test]
    fn endpoints_that_fail_at_once_leave_room() {
        let refusing = Endpoint { fails: true, ..PROMPT_ONE };
        let done = run([vec![refusing; 100], vec![PROMPT_ONE]].concat(), 10_000);
        assert!(done[100].is_some(), "{done:?}");
    }

    #[test]
    fn workspaces_delay_each_other_little() {
        let slow = Endpoint { takes_ms: 4000, left: 1000, ..PROMPT_ONE };
        let many = (1..=5).flat_map(|workspace| vec![Endpoint { workspace, ..slow }; 100]);
        let other = Endpoint { workspace: 9, left: 50, ..PROMPT_ONE };
        let done = run(many.chain([other]).collect(), 20_000);
        assert!(done[500].is_some_and(|at_ms| at_ms <= 5000), "{:?}", done[500]);
    }

    #[test]
    fn few_are_on_their_way_to_one() {
        let place = |new: bool, failing: bool, on_their_way: usize| {
            let (to, of) = (webhook(1), WorkspaceId::from_bytes([1; 16]));
            let mut sharing = Sharing::default();
            if !new {
                sharing.heard(to, Duration::ZERO);
            }
            let due = [Due { webhook: to, workspace: of, failing }];
            let mut share = sharing.begin(&due, vec![(to, of); on_their_way]);
            let mut places = 0;
            while let Some(next) = share.next() {
                share.took(next);
                places += 1;
            }
            places
        };
        assert_eq!([0, 3, 9].map(|there| place(false, false, there)), [4, 1, 0]);
        assert_eq!([0, 1].map(|there| place(false, true, there)), [1, 0], "a failing one");
        assert_eq!([0, 1].map(|there| place(true, false, there)), [1, 0], "one never heard of");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut sharing = Sharing::default();
        for n in 0..3 * REMEMBERED {
            let due =
                [Due { webhook: webhook(n), workspace: WorkspaceId::from_bytes([1; 16]), failing: false }];
            sharing.begin(&due, []).took(webhook(n));
            assert!(sharing.known.len() <= REMEMBERED + 1);
        }
    }
}
