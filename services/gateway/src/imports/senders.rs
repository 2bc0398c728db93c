//! The tasks that take files off the queue and send them, each under a lease that it renews while it lives.

use std::time::Duration;

use edina_runtime::{group::GroupId, stop::Stop};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::sending::{self, Ended};
use crate::{
    Gateway,
    store::{self, imports::queue::Turn},
};

/// Files sent at once by one copy; the rows of a group take turns in the registry anyway.
const AT_ONCE: usize = 2;
/// For what comes due again, or was left by another copy: what is started here wakes.
const SCAN: Duration = Duration::from_secs(1);
/// After a sender has died its file waits that long.
const LEASE: chrono::Duration = chrono::Duration::seconds(20);
const RENEW: Duration = Duration::from_secs(5);
/// Before another try when the registry is away.
const PAUSE: chrono::Duration = chrono::Duration::seconds(2);
/// How often what nobody touches any more is thrown away …
const PURGE: Duration = Duration::from_secs(3600);
/// … and how long it is kept: names and numbers of people stand in it.
const KEPT: chrono::Duration = chrono::Duration::days(14);

/// Sends files until the stop; one that is under way is left between two portions of rows.
pub async fn run(gateway: Gateway, stop: Stop) {
    let mut sent = JoinSet::new();
    let mut purge = tokio::time::interval(PURGE);
    loop {
        while sent.try_join_next().is_some() {}
        if stop.is_requested() {
            break;
        }
        if sent.len() < AT_ONCE {
            match claim(&gateway).await {
                Ok(Some((turn, holder))) => {
                    let (gateway, stop) = (gateway.clone(), stop.clone());
                    sent.spawn(async move { hold(&gateway, &turn, holder, &stop).await });
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "files for import cannot be claimed"),
            }
        }
        tokio::select! {
            () = stop.requested() => break,
            () = gateway.importing.wake.notified() => {}
            () = tokio::time::sleep(SCAN) => {}
            _ = purge.tick() => if let Err(error) = throw_away(&gateway).await {
                tracing::warn!(%error, "old files for import cannot be thrown away");
            },
        }
    }
    while sent.join_next().await.is_some() {}
}

async fn claim(gateway: &Gateway) -> sqlx::Result<Option<(Turn, Uuid)>> {
    let holder = Uuid::now_v7();
    let now = gateway.clock.now();
    let mut tx = gateway.database.begin_system().await?;
    let turn = store::imports::queue::claim(&mut tx, holder, now, now + LEASE).await?;
    tx.commit().await?;
    Ok(turn.map(|turn| (turn, holder)))
}

/// Sends while the lease is renewed.
async fn hold(gateway: &Gateway, turn: &Turn, holder: Uuid, stop: &Stop) {
    let Ok(group) = turn.group_id.parse::<GroupId>() else {
        tracing::error!("a file for import belongs to a group of no name");
        return;
    };
    let ended = {
        let work = sending::send(gateway, &group, turn.file_id, stop);
        tokio::pin!(work);
        let mut every = tokio::time::interval(RENEW);
        loop {
            tokio::select! {
                ended = &mut work => break ended,
                _ = every.tick() => match renew(gateway, &group, turn, holder).await {
                    Ok(true) => {}
                    // Somebody else sends it by now: whatever both send, the registry takes once.
                    Ok(false) => return,
                    Err(error) => tracing::warn!(%error, "the lease of a file for import cannot be renewed"),
                },
            }
        }
    };
    if let Err(error) = settle(gateway, &group, turn, holder, ended).await {
        tracing::warn!(%error, "what became of a file for import cannot be written down; it is sent on later");
    }
}

async fn renew(gateway: &Gateway, group: &GroupId, turn: &Turn, holder: Uuid) -> sqlx::Result<bool> {
    let mut tx = gateway.database.begin(group).await?;
    let until = gateway.clock.now() + LEASE;
    let ours = store::imports::queue::renew(&mut tx, turn, holder, until).await?;
    tx.commit().await?;
    Ok(ours)
}

/// Writes the end down, or gives the file back.
async fn settle(
    gateway: &Gateway,
    group: &GroupId,
    turn: &Turn,
    holder: Uuid,
    ended: Ended,
) -> sqlx::Result<()> {
    let now = gateway.clock.now();
    let mut tx = gateway.database.begin(group).await?;
    let (connection, id) = (&mut *tx, turn.file_id);
    match &ended {
        Ended::As(state) => {
            let none = ("", "");
            store::imports::progress::end(connection, group.as_str(), id, state, none, now).await?;
        }
        Ended::Before => {
            let said = (
                "this file was imported before: nothing was added",
                "этот файл уже загружали: ничего не добавлено",
            );
            store::imports::progress::end(connection, group.as_str(), id, "done", said, now).await?;
        }
        Ended::AtMost => {
            let said = (
                "the file has more rows than are weighed together: a new client whose rows stand far apart may be counted \
                 more than once",
                "строк больше, чем взвешивается вместе: новый клиент, чьи строки далеко друг от друга, мог быть посчитан не \
                 один раз",
            );
            store::imports::progress::end(connection, group.as_str(), id, "tried", said, now).await?;
        }
        Ended::Gone => {}
        Ended::Refused(english, russian) => {
            let said = (english.as_str(), russian.as_str());
            store::imports::progress::end(connection, group.as_str(), id, "failed", said, now).await?;
        }
        Ended::Stopped => store::imports::queue::release(connection, turn, holder, now).await?,
        Ended::Later(error) => {
            tracing::warn!(%error, "an import waits");
            let waits = (
                "the client registry does not answer; the import goes on by itself when it does",
                "реестр клиентов не отвечает; импорт продолжится сам, когда он ответит",
            );
            store::imports::progress::held_up(connection, group.as_str(), id, waits).await?;
            store::imports::queue::release(connection, turn, holder, now + PAUSE).await?;
        }
    }
    if matches!(
        ended,
        Ended::As(_) | Ended::AtMost | Ended::Before | Ended::Gone | Ended::Refused(..)
    ) {
        store::imports::queue::remove(&mut tx, group.as_str(), id).await?;
    }
    tx.commit().await?;
    gateway.hub.say(group, &[super::TOPIC]);
    Ok(())
}

async fn throw_away(gateway: &Gateway) -> sqlx::Result<()> {
    let mut tx = gateway.database.begin_system().await?;
    let groups = store::groups::list(&mut tx).await?;
    tx.commit().await?;
    for group in groups
        .iter()
        .filter_map(|row| row.group_id.parse::<GroupId>().ok())
    {
        let mut tx = gateway.database.begin(&group).await?;
        store::imports::purge(&mut tx, group.as_str(), gateway.clock.now() - KEPT).await?;
        tx.commit().await?;
    }
    Ok(())
}
