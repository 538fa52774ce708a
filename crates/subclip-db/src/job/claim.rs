//! Taking jobs, in turns between workspaces: whoever has much to do keeps nobody else waiting.

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Condition, Expr, ExprTrait, Func, JoinType, OnConflict, Order, Query,
    SelectStatement, UnionType, WithClause,
};
use subclip_core::{JobId, WorkspaceId};

use super::{Job, State};
use crate::conn::{self, is, set};
use crate::database::Database;
use crate::error::Result;
use crate::row::{self, Row};

/// Who takes a job, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Of which lane.
    pub lane: &'a str,
    /// Who: a name that is nobody else's.
    pub owner: &'a str,
    /// Now.
    pub now_ms: i64,
    /// How long nobody else gets it.
    pub lease_ms: i64,
    /// Only one of a workspace of which no job of the lane is being run.
    pub newcomers_only: bool,
}

row! {
    "job_turn"
    /// When a workspace was last given a place in a lane.
    struct Turn {
        lane: String,
        workspace: WorkspaceId,
        taken_ms: i64,
    }
}

impl Claim<'_> {
    /// Takes the best job: of those whose runner was not heard of in time the one that waits longest, since its place is
    /// taken already; else, of those whose time has come, one of the highest priority, of the workspace that has the
    /// fewest jobs running in the lane, then of the one that has waited longest since getting a place, the oldest.
    ///
    /// # Errors
    /// [`Error`](crate::Error) of the database.
    pub async fn take(&self, db: &Database) -> Result<Option<Job>> {
        // Looking costs nobody anything; only writers wait for each other. Where somebody else was faster, there may be
        // another one.
        while let Some(id) = self.best(db).await? {
            let tx = db.begin().await?;
            if let Some(job) = self.lease(&tx, id).await? {
                self.note_turn(&tx, job.workspace).await?;
                tx.commit().await?;
                return Ok(Some(job));
            }
        }
        Ok(None)
    }

    async fn best(&self, db: &Database) -> Result<Option<JobId>> {
        for query in [(!self.newcomers_only).then(|| self.lapsed_query()), Some(self.next_query())] {
            let Some(query) = query else { continue };
            if let Some(found) = conn::rows(db, &query).await?.first() {
                return row::read(found, "id").map(Some);
            }
        }
        Ok(None)
    }

    fn lapsed(&self) -> Expr {
        is("state", &State::Running).and(Expr::col("lease_until_ms").lte(self.now_ms)).and(takeable())
    }

    fn due(&self) -> Expr {
        is("state", &State::Queued).and(Expr::col("run_at_ms").lte(self.now_ms)).and(takeable())
    }

    /// A job of the lane whose runner was not heard of.
    pub(super) fn lapsed_query(&self) -> SelectStatement {
        let mut query = Query::select();
        query
            .column("id")
            .from("job")
            .and_where(is("lane", &self.lane.to_owned()))
            .and_where(self.lapsed())
            .order_by("lease_until_ms", Order::Asc)
            .limit(1);
        query
    }

    /// Goes from one workspace to the next in the index of what is queued, so that it costs nothing how much each has there,
    /// and looks at the first job of each that is due.
    pub(super) fn next_query(&self) -> SelectStatement {
        let waiting = Alias::new("waiting");
        let here = || Expr::col((waiting.clone(), "workspace"));
        let of_lane = |state: State| is("lane", &self.lane.to_owned()).and(is("state", &state));
        // One column of one row, as both databases take a subquery there.
        let next_workspace = |after: Option<Expr>| {
            let mut query = Query::select();
            query.column(("job", "workspace")).from("job").and_where(of_lane(State::Queued));
            if let Some(after) = after {
                query.and_where(Expr::col(("job", "workspace")).gt(after));
            }
            query.order_by(("job", "workspace"), Order::Asc).limit(1);
            subquery(query)
        };
        let mut others = Query::select();
        others.expr(next_workspace(Some(here()))).from(waiting.clone()).and_where(here().is_not_null());
        let mut all = Query::select();
        all.expr_as(next_workspace(None), "workspace").union(UnionType::All, others);
        let mut stepped = CommonTableExpression::new();
        stepped.table_name(waiting.clone()).column("workspace").query(all);

        let mut first = Query::select();
        first
            .column("id")
            .from("job")
            .and_where(is("lane", &self.lane.to_owned()))
            .and_where(Expr::col(("job", "workspace")).eq(here()))
            .and_where(self.due())
            .order_by("priority", Order::Desc)
            .order_by("created_ms", Order::Asc)
            .order_by("id", Order::Asc)
            .limit(1);
        let mut running = Query::select();
        running
            .expr(Func::count(Expr::col("id")))
            .from("job")
            .and_where(of_lane(State::Running))
            .and_where(Expr::col(("job", "workspace")).eq(here()));
        let mut taken = Query::select();
        taken
            .column("taken_ms")
            .from("job_turn")
            .and_where(is("lane", &self.lane.to_owned()))
            .and_where(Expr::col(("job_turn", "workspace")).eq(here()));
        let best = Alias::new("best");
        let of_best = |column: &'static str| (best.clone(), Alias::new(column));
        let mut query = Query::select();
        query
            .column(of_best("id"))
            .from(waiting.clone())
            // SQLite looks into the tables of such a join in their order.
            .join_as(JoinType::CrossJoin, "job", best.clone(), Condition::all())
            .and_where(Expr::col(of_best("id")).eq(subquery(first)))
            .order_by(of_best("priority"), Order::Desc)
            .order_by_expr(subquery(running.clone()), Order::Asc)
            .order_by_expr(Func::coalesce([subquery(taken), Expr::val(i64::MIN)]).into(), Order::Asc)
            .order_by(of_best("created_ms"), Order::Asc)
            .order_by(of_best("id"), Order::Asc)
            .limit(1)
            .with_cte(WithClause::new().recursive(true).cte(stepped).to_owned());
        if self.newcomers_only {
            query.and_where(subquery(running).eq(0));
        }
        query
    }

    /// Leases a job, unless somebody else did.
    async fn lease(&self, tx: &crate::Tx, id: JobId) -> Result<Option<Job>> {
        let mut statement = Query::update();
        statement
            .table("job")
            .values([
                set("state", &State::Running),
                set("lease_owner", &Some(self.owner.to_owned())),
                set("lease_until_ms", &Some(self.now_ms.saturating_add(self.lease_ms))),
                set("progress", &0.0),
                ("attempts", Expr::col("attempts").add(1)),
            ])
            .and_where(is("id", &id))
            .and_where(self.due().or(self.lapsed()))
            .returning_all();
        conn::returning(tx, &statement).await?.first().map(Job::read).transpose()
    }

    async fn note_turn(&self, tx: &crate::Tx, workspace: WorkspaceId) -> Result<()> {
        let turn = Turn { lane: self.lane.to_owned(), workspace, taken_ms: self.now_ms };
        let mut statement = conn::insertion(&turn);
        statement
            .on_conflict(OnConflict::columns(["lane", "workspace"]).update_column("taken_ms").to_owned());
        conn::execute(tx, &statement).await.map(|_| ())
    }
}

/// Not begun too often, and still wanted.
fn takeable() -> Expr {
    Expr::col("attempts").lt(Expr::col("max_attempts")).and(is("cancel_requested", &false))
}

fn subquery(query: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(query.into()))
}
