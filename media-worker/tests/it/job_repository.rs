//! The contract of the job store, on each database.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::IdGenerator;
use kernel::id::{JobId, TrackId};
use media_worker::application::ports::{JobRepository, LeaseError, NewJob, RebuildState, Twin};
use media_worker::domain::failure::Failure;
use media_worker::domain::job::{Priority, Purpose};
use media_worker::domain::ladder::Ladder;
use media_worker::infrastructure::job_repository::SeaJobRepository;
use media_worker::infrastructure::migration::Migrator;
use platform::testing::TestPlatform;

const RECIPE: &str = "1";

pub(crate) fn ladder() -> Ladder {
    serde_json::from_value(serde_json::json!({
        "duration_samples": 44_100, "sample_rate_hz": 44_100, "channels": 2, "loudness_lufs": -14.0, "true_peak_dbtp": null,
        "renditions": [], "lossless": [], "dash": true, "downloads": []
    }))
    .unwrap()
}

struct Case {
    jobs: Arc<dyn JobRepository>,
    /// The same store through connections of its own, as another process has it.
    others: Arc<dyn JobRepository>,
    ids: IdGenerator,
    now: DateTime<Utc>,
    adapter: &'static str,
    _kit: TestPlatform,
}

impl Case {
    async fn each() -> Vec<Self> {
        let mut cases = Vec::new();
        for kit in TestPlatform::each().await {
            let jobs = Arc::new(SeaJobRepository::new(kit.platform.database::<Migrator>("media").await.unwrap()));
            let others = Arc::new(SeaJobRepository::new(kit.platform.database::<Migrator>("media").await.unwrap()));
            cases.push(Self { jobs, others, ids: kit.platform.ids.clone(), now: kit.platform.clock.now(), adapter: kit.adapter, _kit: kit });
        }
        cases
    }

    fn job(&self, track_id: TrackId) -> NewJob {
        NewJob {
            id: self.ids.next(),
            track_id,
            upload_id: self.ids.next(),
            uploader_id: self.ids.next(),
            blob: "uploads/a".into(),
            sha256: String::new(),
            size_bytes: 9,
            priority: Priority::Normal,
        }
    }

    async fn enqueued(&self) -> NewJob {
        let job = self.job(self.ids.next());
        self.jobs.enqueue(self.ids.uuid(), &job, self.now).await.unwrap();
        job
    }

    fn later(&self, secs: i64) -> DateTime<Utc> {
        self.now + TimeDelta::seconds(secs)
    }
}

#[tokio::test]
async fn fingerprints_of_what_was_processed_are_kept() {
    for case in Case::each().await {
        let (taken, without) = (case.enqueued().await, case.enqueued().await);
        for _ in 0..2 {
            let claimed = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();
            let mut ladder = ladder();
            ladder.analysis.fingerprint = (claimed.upload_id == taken.upload_id).then(|| "AQAAAA".to_owned());
            case.jobs.complete(claimed.lease, case.now, case.later(60), (&ladder, RECIPE), &[]).await.unwrap();
        }
        let waiting = case.enqueued().await;
        let found = case.jobs.fingerprints(&[taken.upload_id, without.upload_id, waiting.upload_id, case.ids.next()]).await.unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [(taken.upload_id, "AQAAAA".to_owned())], "{}", case.adapter);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_or_an_upload_seen_twice_is_one_job() {
    for case in Case::each().await {
        let (job, event) = (case.job(case.ids.next()), case.ids.uuid());
        case.jobs.enqueue(event, &job, case.now).await.unwrap();
        case.jobs.enqueue(event, &job, case.now).await.unwrap();
        let again = NewJob { id: case.ids.next(), ..job.clone() };
        case.jobs.enqueue(case.ids.uuid(), &again, case.now).await.unwrap();
        let claimed = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();
        assert_eq!((claimed.lease.job_id, claimed.upload_id, claimed.attempt), (job.id, job.upload_id, 1), "{}", case.adapter);
        assert_eq!(case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap(), None, "{}", case.adapter);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_workers_that_claim_at_once_each_job_goes_to_one() {
    for case in Case::each().await {
        for _ in 0..3 {
            case.enqueued().await;
        }
        let claims = (0..8).map(|n| {
            let (jobs, ladder, now, until) = (if n % 2 == 0 { case.jobs.clone() } else { case.others.clone() }, case.ids.next(), case.now, case.later(15));
            tokio::spawn(async move { jobs.claim(ladder, now, until).await.unwrap() })
        });
        let mut claimed: Vec<JobId> = Vec::new();
        for claim in claims.collect::<Vec<_>>() {
            claimed.extend(claim.await.unwrap().map(|job| job.lease.job_id));
        }
        claimed.sort();
        claimed.dedup();
        assert_eq!(claimed.len(), 3, "{}", case.adapter);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_worker_loses_its_job_and_cannot_settle_it() {
    for case in Case::each().await {
        let job = case.enqueued().await;
        let dead = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();
        assert_eq!(case.jobs.running(case.now).await.unwrap(), [job.id], "{}", case.adapter);
        assert!(case.others.claim(case.ids.next(), case.later(14), case.later(30)).await.unwrap().is_none(), "{}", case.adapter);
        case.jobs.extend(dead.lease, case.later(20)).await.unwrap();
        assert!(case.others.claim(case.ids.next(), case.later(16), case.later(30)).await.unwrap().is_none(), "{}", case.adapter);

        let heir = case.others.claim(case.ids.next(), case.later(21), case.later(36)).await.unwrap().unwrap();
        assert_eq!((heir.lease.job_id, heir.attempt), (job.id, 2), "{}", case.adapter);
        assert_eq!(case.jobs.rubbish(case.later(21), 10).await.unwrap(), [dead.lease.ladder_id], "{}", case.adapter);

        let now = case.later(22);
        assert!(matches!(case.jobs.extend(dead.lease, case.later(60)).await, Err(LeaseError::Lost)), "{}", case.adapter);
        assert!(matches!(case.jobs.complete(dead.lease, now, now, (&ladder(), RECIPE), &[]).await, Err(LeaseError::Lost)), "{}", case.adapter);
        assert!(matches!(case.jobs.fail(dead.lease, now, &Failure::internal(), "x", &[]).await, Err(LeaseError::Lost)), "{}", case.adapter);
        assert!(matches!(case.jobs.retry(dead.lease, now, now, "x").await, Err(LeaseError::Lost)), "{}", case.adapter);
        assert!(matches!(case.jobs.release(dead.lease, now).await, Err(LeaseError::Lost)), "{}", case.adapter);
        case.others.complete(heir.lease, now, now, (&ladder(), RECIPE), &[]).await.unwrap();
        assert!(case.jobs.claim(case.ids.next(), case.later(900), case.later(915)).await.unwrap().is_none(), "{}", case.adapter);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_waits_and_a_release_does_not_count() {
    for case in Case::each().await {
        case.enqueued().await;
        let first = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();
        case.jobs.release(first.lease, case.now).await.unwrap();
        let again = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();
        assert_eq!(again.attempt, 1, "{}", case.adapter);
        case.jobs.retry(again.lease, case.now, case.later(4), "no space").await.unwrap();
        assert!(case.jobs.claim(case.ids.next(), case.later(3), case.later(18)).await.unwrap().is_none(), "{}", case.adapter);
        let second = case.jobs.claim(case.ids.next(), case.later(4), case.later(19)).await.unwrap().unwrap();
        assert_eq!(second.attempt, 2, "{}", case.adapter);
        case.jobs.fail(second.lease, case.later(5), &Failure::internal(), "broken", &[]).await.unwrap();
        assert!(case.jobs.claim(case.ids.next(), case.later(900), case.later(915)).await.unwrap().is_none(), "{}", case.adapter);
        let mut rubbish = case.jobs.rubbish(case.later(5), 10).await.unwrap();
        assert_eq!(rubbish.len(), 3, "{}", case.adapter);
        for ladder in rubbish.drain(..) {
            case.jobs.forget_ladder(ladder).await.unwrap();
        }
        assert!(case.jobs.rubbish(case.later(900), 10).await.unwrap().is_empty(), "{}", case.adapter);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_upload_replaces_the_older() {
    for case in Case::each().await {
        let older = case.enqueued().await;
        let first = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();
        case.jobs.complete(first.lease, case.now, case.now, (&ladder(), RECIPE), &[]).await.unwrap();

        let newer = case.job(older.track_id);
        case.jobs.enqueue(case.ids.uuid(), &newer, case.now).await.unwrap();
        let second = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();
        let newest = case.job(older.track_id);
        case.jobs.enqueue(case.ids.uuid(), &newest, case.now).await.unwrap();
        assert!(matches!(case.jobs.extend(second.lease, case.later(30)).await, Err(LeaseError::Lost)), "{}", case.adapter);

        let third = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();
        assert_eq!(third.lease.job_id, newest.id, "{}", case.adapter);
        assert_eq!(case.jobs.rubbish(case.now, 10).await.unwrap(), [second.lease.ladder_id], "{}", case.adapter);
        // Someone may be listening to the first ladder still.
        case.jobs.complete(third.lease, case.now, case.later(600), (&ladder(), RECIPE), &[]).await.unwrap();
        assert_eq!(case.jobs.rubbish(case.later(599), 10).await.unwrap(), [second.lease.ladder_id], "{}", case.adapter);
        let rubbish = case.jobs.rubbish(case.later(600), 10).await.unwrap();
        assert!(rubbish.contains(&first.lease.ladder_id) && !rubbish.contains(&third.lease.ladder_id), "{}", case.adapter);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_track_takes_its_jobs_and_ladders_along() {
    for case in Case::each().await {
        let job = case.enqueued().await;
        let kept = case.enqueued().await;
        let done = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();
        case.jobs.complete(done.lease, case.now, case.now, (&ladder(), RECIPE), &[]).await.unwrap();
        let gone = if done.lease.job_id == job.id { job.track_id } else { kept.track_id };
        let other = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();

        let event = case.ids.uuid();
        case.jobs.cancel_track(event, gone, case.now).await.unwrap();
        case.jobs.cancel_track(event, gone, case.now).await.unwrap();
        assert_eq!(case.jobs.rubbish(case.now, 10).await.unwrap(), [done.lease.ladder_id], "{}", case.adapter);
        case.jobs.extend(other.lease, case.later(30)).await.unwrap();
        case.jobs.cancel_track(case.ids.uuid(), other.track_id, case.now).await.unwrap();
        assert!(matches!(case.jobs.extend(other.lease, case.later(30)).await, Err(LeaseError::Lost)), "{}", case.adapter);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploaders_take_turns_and_higher_priorities_go_first() {
    for case in Case::each().await {
        let (many, one) = (case.ids.next(), case.ids.next());
        let mut order = Vec::new();
        for n in 0..3 {
            let job = NewJob { uploader_id: many, ..case.job(case.ids.next()) };
            case.jobs.enqueue(case.ids.uuid(), &job, case.later(n)).await.unwrap();
            order.push(job.id);
        }
        let single = NewJob { uploader_id: one, ..case.job(case.ids.next()) };
        case.jobs.enqueue(case.ids.uuid(), &single, case.later(5)).await.unwrap();
        let patient = NewJob { uploader_id: one, priority: Priority::Low, ..case.job(case.ids.next()) };
        case.jobs.enqueue(case.ids.uuid(), &patient, case.now).await.unwrap();
        let urgent = NewJob { uploader_id: many, priority: Priority::High, ..case.job(case.ids.next()) };
        case.jobs.enqueue(case.ids.uuid(), &urgent, case.later(9)).await.unwrap();

        let mut claimed = Vec::new();
        for n in 10.. {
            let Some(job) = case.jobs.claim(case.ids.next(), case.later(n), case.later(900)).await.unwrap() else { break };
            claimed.push(job.lease.job_id);
        }
        // The urgent one; whoever was not served yet, though they came last; then turns.
        assert_eq!(claimed, [urgent.id, single.id, order[0], order[1], order[2], patient.id], "{}", case.adapter);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_are_in_one_hand_at_a_time_and_their_outcome_is_known() {
    for case in Case::each().await {
        let same = || NewJob { sha256: "ab".repeat(32), ..case.job(case.ids.next()) };
        let twins = [same(), same(), same()];
        for twin in &twins {
            case.jobs.enqueue(case.ids.uuid(), twin, case.now).await.unwrap();
        }
        let claims = (0..6).map(|n| {
            let (jobs, ladder, now, until) = (if n % 2 == 0 { case.jobs.clone() } else { case.others.clone() }, case.ids.next(), case.now, case.later(15));
            tokio::spawn(async move { jobs.claim(ladder, now, until).await.unwrap() })
        });
        let mut claimed = Vec::new();
        for claim in claims.collect::<Vec<_>>() {
            claimed.extend(claim.await.unwrap());
        }
        assert_eq!(claimed.len(), 1, "{}", case.adapter);
        let sha256 = &twins[0].sha256;
        assert_eq!(case.jobs.twin(sha256, RECIPE).await.unwrap(), None, "{}", case.adapter);

        // One whose worker died is claimed again, not overtaken.
        let again = case.jobs.claim(case.ids.next(), case.later(16), case.later(30)).await.unwrap().unwrap();
        assert_eq!((again.lease.job_id, again.attempt), (claimed[0].lease.job_id, 2), "{}", case.adapter);
        case.jobs.complete(again.lease, case.later(17), case.later(17), (&ladder(), RECIPE), &[]).await.unwrap();
        let made = Twin::Made { ladder_id: again.lease.ladder_id, ladder: ladder() };
        assert_eq!(case.others.twin(sha256, RECIPE).await.unwrap(), Some(made), "{}", case.adapter);
        assert_eq!(case.jobs.twin(sha256, "another recipe").await.unwrap(), None, "{}", case.adapter);
        assert_eq!(case.jobs.twin("", RECIPE).await.unwrap(), None, "{}", case.adapter);
        assert!(case.jobs.claim(case.ids.next(), case.later(18), case.later(30)).await.unwrap().is_some(), "{}", case.adapter);

        // A ladder that is not wanted any more is no answer.
        let track = twins.iter().find(|twin| twin.id == again.lease.job_id).unwrap().track_id;
        case.jobs.cancel_track(case.ids.uuid(), track, case.later(19)).await.unwrap();
        assert_eq!(case.jobs.twin(sha256, RECIPE).await.unwrap(), None, "{}", case.adapter);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_of_the_same_bytes_is_known_and_our_own_faults_are_not_held_against_them() {
    for case in Case::each().await {
        for (sha256, failure, known) in [("cd", Failure::empty(), true), ("ef", Failure::internal(), false), ("01", Failure::too_long(60), false)] {
            let job = NewJob { sha256: sha256.repeat(32), ..case.job(case.ids.next()) };
            case.jobs.enqueue(case.ids.uuid(), &job, case.now).await.unwrap();
            let claimed = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();
            case.jobs.fail(claimed.lease, case.now, &failure, "detail", &[]).await.unwrap();
            assert_eq!(case.jobs.twin(&job.sha256, "any").await.unwrap(), known.then_some(Twin::Refused(failure)), "{}", case.adapter);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_is_listed_with_its_reason_and_retried_or_discarded() {
    for case in Case::each().await {
        let [retried, discarded] = [case.enqueued().await, case.enqueued().await];
        for n in 0..2 {
            let claimed = case.jobs.claim(case.ids.next(), case.later(n), case.later(15)).await.unwrap().unwrap();
            case.jobs.fail(claimed.lease, case.later(n), &Failure::internal(), "the disk is full", &[]).await.unwrap();
            case.jobs.note(claimed.lease.job_id, case.later(n), "It failed.").await.unwrap();
        }
        let dead = case.others.dead(10).await.unwrap();
        assert_eq!(dead.len(), 2, "{}", case.adapter);
        assert!(dead.iter().all(|job| job.error == "the disk is full" && job.failure == Some(Failure::internal()) && job.attempts == 1), "{dead:?}");
        let state = case.jobs.queue(case.later(3)).await.unwrap();
        assert_eq!((state.waiting, state.running, state.dead, state.oldest), (0, 0, 2, None), "{}", case.adapter);

        assert!(case.jobs.revive(retried.id, case.later(4)).await.unwrap() && !case.jobs.revive(retried.id, case.later(4)).await.unwrap(), "{}", case.adapter);
        assert!(case.jobs.bury(discarded.id).await.unwrap() && !case.jobs.bury(discarded.id).await.unwrap(), "{}", case.adapter);
        assert!(case.jobs.dead(10).await.unwrap().is_empty(), "{}", case.adapter);
        assert!(case.jobs.log(discarded.id).await.unwrap().is_empty(), "{}", case.adapter);
        let state = case.jobs.queue(case.later(5)).await.unwrap();
        assert_eq!((state.waiting, state.oldest), (1, Some(case.now)), "{}", case.adapter);
        let claimed = case.jobs.claim(case.ids.next(), case.later(5), case.later(20)).await.unwrap().unwrap();
        assert_eq!((claimed.lease.job_id, claimed.attempt), (retried.id, 1), "{}", case.adapter);

        case.jobs.note(retried.id, case.later(6), "It goes on.").await.unwrap();
        let log: Vec<_> = case.others.log(retried.id).await.unwrap().into_iter().map(|line| line.text).collect();
        assert_eq!(log, ["It failed.", "It goes on."], "{}", case.adapter);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_ends_jobs_that_wait_or_run() {
    for case in Case::each().await {
        let (running, waiting) = (case.enqueued().await, case.job(case.ids.next()));
        let claimed = case.jobs.claim(case.ids.next(), case.now, case.later(15)).await.unwrap().unwrap();
        case.jobs.enqueue(case.ids.uuid(), &waiting, case.now).await.unwrap();
        assert_eq!(case.jobs.subject(running.id).await.unwrap(), Some((running.track_id, running.upload_id, Purpose::Ladder)), "{}", case.adapter);
        for job in [&running, &waiting] {
            assert!(case.jobs.cancel(job.id, case.now, &[]).await.unwrap() && !case.jobs.cancel(job.id, case.now, &[]).await.unwrap(), "{}", case.adapter);
        }
        assert!(matches!(case.jobs.extend(claimed.lease, case.later(30)).await, Err(LeaseError::Lost)), "{}", case.adapter);
        assert_eq!(case.jobs.rubbish(case.now, 10).await.unwrap(), [claimed.lease.ladder_id], "{}", case.adapter);
        assert!(case.jobs.claim(case.ids.next(), case.later(900), case.later(915)).await.unwrap().is_none(), "{}", case.adapter);
    }
}

#[tokio::test]
async fn the_catalogue_is_heard_once_more_behind_everything_else() {
    for case in Case::each().await {
        let claim = async |ladder| case.jobs.claim(ladder, case.now, case.later(60)).await.unwrap();
        let mut done = Vec::new();
        // Of three uploads one was heard by this model when its ladder was made, and one is superseded.
        for recipe in ["1 embedding=old-v1-3", "1 embedding=new-v1-3", "1"] {
            let job = case.enqueued().await;
            let claimed = claim(case.ids.next()).await.expect("a job");
            case.jobs.complete(claimed.lease, case.now, case.now, (&ladder(), recipe), &[]).await.unwrap();
            done.push(job);
        }
        let newer = case.job(done[2].track_id);
        case.jobs.enqueue(case.ids.uuid(), &newer, case.now).await.unwrap();
        let claimed = claim(case.ids.next()).await.expect("a job");
        case.jobs.complete(claimed.lease, case.now, case.now, (&ladder(), "1"), &[]).await.unwrap();

        let add = async |space: &str| case.jobs.add_to_rebuild(space, &case.ids, case.now).await.unwrap();
        assert_eq!((add("new-v1-3").await, add("new-v1-3").await), (2, 0), "{}", case.adapter);
        let state = async || case.jobs.rebuild_state("new-v1-3").await.unwrap();
        assert_eq!(state().await, RebuildState { waiting: 2, ..RebuildState::default() });
        let upload = case.enqueued().await;
        let first = claim(case.ids.next()).await.expect("a job");
        assert_eq!((first.upload_id, first.purpose), (upload.upload_id, Purpose::Ladder), "uploads come first");
        let second = claim(case.ids.next()).await.expect("a job");
        assert_eq!(second.purpose, Purpose::Embedding("new-v1-3".into()));
        assert!([done[0].upload_id, newer.upload_id].contains(&second.upload_id));
        case.jobs.complete_without(second.lease, case.now, &[]).await.unwrap();
        let third = claim(case.ids.next()).await.expect("a job");
        case.jobs.fail(third.lease, case.now, &Failure::internal(), "broke", &[]).await.unwrap();
        assert_eq!(state().await, RebuildState { done: 1, failed: 1, ..RebuildState::default() });
        assert_eq!(case.jobs.subject(second.lease.job_id).await.unwrap().map(|subject| subject.2), Some(second.purpose));

        // Asked again, what failed is tried again; another model ends what waits for this one.
        case.jobs.begin_rebuild("new-v1-3", case.now).await.unwrap();
        assert_eq!(state().await, RebuildState { done: 1, waiting: 1, ..RebuildState::default() });
        case.jobs.begin_rebuild("other-v1-3", case.now).await.unwrap();
        assert_eq!(state().await, RebuildState { done: 1, ..RebuildState::default() });
        assert_eq!(add("other-v1-3").await, 3);
    }
}
